import { describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { HOST_ID } from '../reconcile/run.ts';
import { parseScript, type Step } from '../reconcile/script.ts';
import { type Listening, listenEmbedded, listenServer, planStep, syncAll } from './history-shelves.ts';

/** ada starts, moves, is restarted in place, and ends; looked at once more, nothing has changed. */
const LIFE = `homes /srv/agents/*
commands claude
dir /srv/agents/ada
proc 110 claude tty=pts/0 fg cwd=/srv/agents/ada
sync
proc 110 claude tty=pts/2 fg cwd=/srv/agents/ada
sync
proc 111 claude tty=pts/2 fg cwd=/srv/agents/ada
sync
proc 1 init
sync
proc 1 init
sync
expect
`;

const FIRST = `${LIFE.split('sync\n')[0]}sync\nexpect\n`;

/** An event of a host as an older plumb has written it, or somebody by hand. */
function oldEvents(host: string, at: string, count = 1): string {
  return `insert into plumbline.session_events (host_id, name, at, event)
    select '${host}', 'old', '${at}', 'started' from generate_series(1, ${count})`;
}

function keepsHistory(open: () => Promise<Listening>): void {
  it('keeps of each event what the row said before and after', async () => {
    const { registry } = await open();
    await syncAll(registry, LIFE);
    const events = await registry.history({ name: 'ada' });
    expect(events.map(({ event, pid }) => `${event} ${pid}`)).toEqual([
      'started 110',
      'moved 110',
      'died 110',
      'started 111',
      'died 111',
    ]);
    const [started, moved, died, restarted, ended] = events;
    expect(started).toMatchObject({
      hostId: HOST_ID,
      name: 'ada',
      at: new Date('2026-11-24T12:00:00Z'),
      before: null,
      after: { status: 'alive', pid: 110, terminal: 'pts/0', home: '/srv/agents/ada', command: 'claude', pane: null },
    });
    expect(started?.after?.startTimeTicks).toBe(started?.startTimeTicks);
    expect(started?.after?.exe).toEqual({ dev: expect.any(BigInt), ino: expect.any(BigInt) });
    expect(started?.after?.bootId).toBe(started?.bootId);
    expect(moved).toMatchObject({ before: started?.after, after: { ...started?.after, terminal: 'pts/2' } });
    expect(died).toMatchObject({ before: { pid: 110 }, after: { pid: 111, status: 'alive' } });
    expect([restarted?.before, restarted?.after]).toEqual([died?.before, died?.after]);
    expect(ended).toMatchObject({ before: { pid: 111, status: 'alive' }, after: { pid: 111, status: 'dead' } });
    expect(ended?.evidence[0]).toMatchObject({ fact: 'no process has its number' });
  });

  it('goes on where a newer plumb has added a column', async () => {
    const { registry } = await open();
    await registry.script('alter table plumbline.session_events add column later jsonb');
    await syncAll(registry, FIRST);
    expect(await registry.history()).toMatchObject([{ event: 'started', pid: 110 }]);
  });

  it('gives the events of one host, one name, or since a time', async () => {
    const { registry } = await open();
    await syncAll(registry, LIFE);
    await registry.script(oldEvents('other', '2001-02-03T04:05:06Z'));
    expect((await registry.history()).length).toBe(6);
    expect((await registry.history({ hostId: HOST_ID })).length).toBe(5);
    expect(await registry.history({ hostId: 'other', name: 'ada' })).toEqual([]);
    expect((await registry.history({ since: new Date('2026-11-24T12:02:00Z') })).map(({ event }) => event)).toEqual([
      'died',
      'started',
      'died',
    ]);
    expect(await registry.history({ name: 'old' })).toEqual([
      {
        hostId: 'other',
        name: 'old',
        at: new Date('2001-02-03T04:05:06Z'),
        event: 'started',
        bootId: null,
        pid: null,
        startTimeTicks: null,
        before: null,
        after: null,
        evidence: [],
      },
    ]);
  });

  it('tells of each changed row, with the change itself, and of nothing else', async () => {
    const { registry, heard, ask } = await open();
    await syncAll(registry, LIFE);
    await ask(`select pg_notify('plumbline', 'the end')`);
    await waitFor('the last notification', () => heard.includes('the end'));
    const told = { host_id: HOST_ID, name: 'ada' };
    expect(heard.slice(0, -1).map((it) => JSON.parse(it))).toEqual([
      { ...told, status: 'alive', pid: 110, events: ['started'] },
      { ...told, status: 'alive', pid: 110, events: ['moved'] },
      { ...told, status: 'alive', pid: 111, events: ['died', 'started'] },
      { ...told, status: 'dead', pid: 111, events: ['died'] },
    ]);
  });

  it('tells nothing of what is rolled back', async () => {
    const { registry, heard, ask } = await open();
    const stop = new Error('stop');
    const attempt = registry.exclusively(HOST_ID, async () => {
      await registry.apply(await planStep(registry, theFirst()));
      throw stop;
    });
    await expect(attempt).rejects.toBe(stop);
    await ask(`select pg_notify('plumbline', 'the end')`);
    await waitFor('the last notification', () => heard.includes('the end'));
    expect(heard).toEqual(['the end']);
    expect(await registry.history()).toEqual([]);
  });

  it('writes a row whose name no notification can hold', async () => {
    const { registry, heard } = await open();
    const name = 'n'.repeat(9000);
    const planned = await planStep(registry, theFirst());
    const changes = planned.changes.map((it) => ({ ...it, name, after: { ...it.after, name } }));
    await registry.apply({ ...planned, changes });
    await waitFor('the notification', () => heard.length > 0);
    expect(JSON.parse(heard[0] ?? '')).toMatchObject({ host_id: null, name: null, pid: 110 });
    expect((await registry.read(HOST_ID)).rows[0]?.name).toBe(name);
  });

  it('deletes what is too old of this host, where something is written, and a bounded number at once', async () => {
    const { registry } = await open();
    await registry.script(oldEvents(HOST_ID, '2026-08-26T11:59:59Z', 1500));
    await registry.script(oldEvents(HOST_ID, '2026-08-26T12:10:00Z'));
    await registry.script(oldEvents('other', '2001-01-01T00:00:00Z'));
    await syncAll(registry, FIRST);
    expect((await registry.history({ name: 'old' })).length).toBe(1502);
    await syncAll(registry, LIFE, { historyDays: 36500 });
    expect((await registry.history({ name: 'old' })).length).toBe(1502);
    await syncAll(registry, FIRST, { historyDays: 90 });
    expect((await registry.history({ name: 'old' })).length).toBe(502);
    await syncAll(registry, FIRST, { historyDays: 90 });
    expect((await registry.history({ name: 'old' })).length, 'nothing was written').toBe(502);
    await syncAll(registry, FIRST.replace('pts/0', 'pts/1'), { historyDays: 90 });
    expect((await registry.history({ name: 'old' })).map(({ hostId }) => hostId)).toEqual([HOST_ID, 'other']);
    expect((await registry.history({ name: 'ada' })).map(({ event }) => event)).toHaveLength(7);
  });

  it('keeps more than a calendar has, and is not emptied by a clock that is ahead', async () => {
    const { registry } = await open();
    await registry.script(oldEvents(HOST_ID, '1990-01-01T00:00:00Z'));
    await registry.script(`insert into plumbline.session_events (host_id, name, at, event)
      values ('${HOST_ID}', 'new', now(), 'started')`);
    await syncAll(registry, FIRST, { historyDays: Number.MAX_SAFE_INTEGER });
    expect((await registry.history({ name: 'old' })).length).toBe(1);
    await syncAll(registry, FIRST.replace('dir', 'now 2999-01-01T00:00:00Z\ndir').replace('pts/0', 'pts/1'), {
      historyDays: 1,
    });
    expect((await registry.history()).map(({ name }) => name)).toContain('new');
    expect((await registry.history({ name: 'old' })).length).toBe(0);
  });
}

function theFirst(): Step {
  const [step] = parseScript(FIRST).steps;
  if (!step) throw new Error('no step');
  return step;
}

describe('the embedded registry', () => {
  keepsHistory(listenEmbedded);

  it('does not grow for ever: what was deleted makes room', async () => {
    const { registry, ask } = await listenEmbedded();
    const sizes: number[] = [];
    for (let round = 1; round <= 5; round++) {
      await registry.script(oldEvents(HOST_ID, '2001-01-01T00:00:00Z', 1000));
      await syncAll(registry, FIRST.replace('pts/0', `pts/${round}`), { historyDays: 90 });
      sizes.push(Number(await ask(`select pg_total_relation_size('plumbline.session_events')::text`)));
    }
    expect(sizes.at(-1)).toBeLessThan(1.5 * (sizes[1] ?? 0));
  });
});

describe.each(postgresVersions())('Postgres $major', (version) => {
  requires('setpriv');
  const server = usePostgres(version);
  keepsHistory(() => listenServer(server()));
});
