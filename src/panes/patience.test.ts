import { describe, expect, it } from 'vitest';
import type { PaneServer } from '../model/pane.ts';
import type { ClientRun, RunClient } from './client.ts';
import { PatientClient } from './patience.ts';

const SERVER: PaneServer = {
  pid: 310,
  startTimeTicks: 3n,
  innerPid: 310,
  uid: 0,
  gid: 0,
  socket: '/s',
  program: '/p',
};
const RUN: ClientRun = { programs: ['tmux'], args: ['list-panes'] };

/** A server that answers or hangs, and a clock that goes on while it does. */
class Fake {
  nowMs = 0;
  hangs = true;
  readonly asked: ClientRun[] = [];
  readonly client: PatientClient;

  constructor() {
    const run: RunClient = async (_, asked) => {
      this.asked.push(asked);
      if (!this.hangs) return { code: 0, stdout: '', stderr: '' };
      this.nowMs += asked.deadlineMs ?? 0;
      return { silence: 'its server did not answer', hint: '' };
    };
    this.client = new PatientClient(() => this.nowMs, run);
  }

  readonly ask = (server = SERVER) => this.client.run(server, RUN);
}

describe('PatientClient', () => {
  it('waits for a server that hangs once, a second, and then lets it rest', async () => {
    const fake = new Fake();
    await fake.ask();
    expect(fake.asked).toEqual([{ ...RUN, deadlineMs: 1000 }]);
    expect(fake.client.takeLostMs()).toBe(1000);
    expect(fake.client.takeLostMs()).toBe(0);
    const startedMs = fake.nowMs;
    expect(await fake.ask()).toEqual({ silence: 'its server did not answer, and is asked again in 4 s', hint: '' });
    expect([fake.asked.length, fake.nowMs - startedMs, fake.client.takeLostMs()]).toEqual([1, 0, 0]);
  });

  it('rests twice as long each time, and ten minutes at most', async () => {
    const fake = new Fake();
    const rests: number[] = [];
    while (rests.length < 10) {
      await fake.ask();
      const said = await fake.ask();
      const seconds = 'silence' in said ? Number(/in (\d+) s$/.exec(said.silence)?.[1]) : 0;
      rests.push(seconds);
      fake.nowMs += seconds * 1000;
    }
    expect(rests).toEqual([4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
    expect(fake.asked).toHaveLength(10);
  });

  it('forgets when it answers again', async () => {
    const fake = new Fake();
    await fake.ask();
    fake.nowMs += 4000;
    fake.hangs = false;
    expect(await fake.ask()).toMatchObject({ code: 0 });
    fake.hangs = true;
    await fake.ask();
    expect(await fake.ask()).toMatchObject({ silence: expect.stringContaining('in 4 s') });
  });

  it('lets nobody else rest: neither another server nor another one of that number', async () => {
    const fake = new Fake();
    await fake.ask();
    await fake.ask({ ...SERVER, pid: 311 });
    await fake.ask({ ...SERVER, startTimeTicks: 4n });
    expect(fake.asked).toHaveLength(3);
  });

  it('does not take a refusal for a server that hangs', async () => {
    let times = 0;
    const client = new PatientClient(
      () => 0,
      async () => {
        times++;
        return { silence: 'it is another user’s', hint: '' };
      },
    );
    await client.run(SERVER, RUN);
    await client.run(SERVER, RUN);
    expect([times, client.takeLostMs()]).toEqual([2, 0]);
  });
});
