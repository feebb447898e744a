import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claim } from '../../src/act/claim.ts';
import { type ActivityOf, route } from '../../src/act/route.ts';
import { isRefusal, refuse } from '../../src/model/refusal.ts';
import type { Idleness } from '../../src/model/route.ts';
import { observe } from '../../src/observe.ts';
import { compile, install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesIn } from '../makers/look.ts';
import { hasEnded } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Sessions of these names, and a look at them. */
async function makeFleet(names: readonly string[]) {
  const scratch = makeScratch();
  // What no other test file runs: where one session is ended, all are looked through.
  const command = `agent${globalThis.process.pid}`;
  const program = install('agent', `${scratch}/bin/${command}`);
  const pids: Record<string, number> = {};
  for (const name of names) {
    const [home] = makeDirectories(scratch, `homes/${name}`);
    pids[name] = (await openTerminal([program], { cwd: home })).pid;
  }
  const commands = [command];
  const options = { homes: [homesIn(`${scratch}/homes`)], commands, identifyPrograms: true, claims: true };
  return { scratch, command, commands, pids, look: () => observe({ ...options, proveAbsence: false }) };
}

const idle = (idleSeconds: number | null, state: Idleness['state'] = 'idle'): Idleness => {
  return { state, idleSeconds, reason: `it is ${state}` };
};

/** What each session is doing, by its name; a list is told one by one. */
function saying(said: Readonly<Record<string, Idleness | Idleness[]>>): ActivityOf {
  return async ({ name }) => {
    const its = said[name.text];
    const told = Array.isArray(its) ? (its.length > 1 ? its.shift() : its[0]) : its;
    if (!told) throw new Error(`nobody says what ${name.text} is doing`);
    return told;
  };
}

describe('route()', () => {
  requires('cc');

  it('takes the one that has been free for longest, of equals by name, then the next', async () => {
    const { look, commands } = await makeFleet(['ada', 'bob', 'cleo', 'dora', 'eve']);
    const activityOf = saying({
      ada: idle(5),
      bob: idle(70, 'waiting_for_input'),
      cleo: idle(70),
      dora: idle(900, 'busy'),
      eve: idle(null),
    });
    const taken: string[] = [];
    const claims = [];
    for (;;) {
      const routed = await route(await look(), { commands, activityOf });
      if (routed.outcome === 'refused') {
        expect(routed).toMatchObject({ reason: 'not_idle', message: 'no session is free' });
        const why = routed.considered.map(({ session, passedOver }) => [session.name.text, passedOver]);
        const busy = ['ada', 'bob', 'cleo', 'dora', 'eve'].map((name) => [name, name === 'dora' ? 'not_idle' : 'busy']);
        expect(why).toEqual(busy);
        break;
      }
      claims.push(routed.claim);
      taken.push(routed.claim.session.name.text);
    }
    for (const it of claims) it.release();
    expect(taken).toEqual(['bob', 'cleo', 'ada', 'eve']);
  });

  it('asks again under the claim, and lets go of one that is not free any more', async () => {
    const { look, commands } = await makeFleet(['ada', 'bob']);
    const activityOf = saying({ ada: [idle(90), idle(null, 'busy')], bob: idle(10) });
    const snapshot = await look();
    const routed = await route(snapshot, { commands, activityOf });
    if (routed.outcome === 'refused') throw new Error(routed.message);
    expect(routed.claim.session.name.text).toBe('bob');
    expect(routed.considered).toMatchObject([
      { session: { name: { text: 'ada' } }, passedOver: 'not_idle' },
      { session: { name: { text: 'bob' } }, passedOver: null },
    ]);
    routed.claim.release();
    for (const session of snapshot.sessions) {
      const again = await claim(session, { commands });
      if (isRefusal(again)) throw new Error(again.message);
      again.release();
    }
  });

  it('passes over one that ends under its eyes', async () => {
    const { look, commands, pids } = await makeFleet(['ada', 'bob']);
    const snapshot = await look();
    globalThis.process.kill(pids['ada'] as number, 'SIGKILL');
    await waitFor('its end', () => hasEnded(pids['ada'] as number));
    const routed = await route(snapshot, { commands, activityOf: saying({ ada: idle(9), bob: idle(1) }) });
    if (routed.outcome === 'refused') throw new Error(routed.message);
    expect(routed.considered[0]).toMatchObject({ passedOver: 'ended' });
    expect(routed.claim.session.pid).toBe(pids['bob']);
    routed.claim.release();
  });

  it('passes over one whose activity is refused, and says why', async () => {
    const { look, commands } = await makeFleet(['ada']);
    const activityOf: ActivityOf = async (session, asked) => {
      expect(asked.commands).toEqual(commands);
      return refuse('denied', `${session.name.text} may not be looked at`);
    };
    const routed = await route(await look(), { commands, activityOf });
    expect(routed).toMatchObject({
      outcome: 'refused',
      reason: 'unseen',
      message: 'no session is known to be free, and of some it cannot be told: ada',
      considered: [{ passedOver: 'denied', message: 'ada may not be looked at' }],
    });
  });

  it('takes only what was asked for', async () => {
    const { look, commands, command, scratch } = await makeFleet(['ada', 'adam', 'bob']);
    const activityOf = saying({ ada: idle(10), adam: idle(400), bob: idle(500) });
    const where = [
      { key: 'name', pattern: 'ad*' },
      { key: 'command', pattern: command },
      { key: 'cwd', pattern: `${scratch}/*/ada*` },
      { key: 'idle', moreThanSeconds: 10 },
    ] as const;
    const routed = await route(await look(), { commands, activityOf, where });
    if (routed.outcome === 'refused') throw new Error(routed.message);
    expect(routed.claim.session.name.text).toBe('adam');
    expect(routed.considered.map(({ passedOver, message }) => [passedOver, message])).toEqual([
      ['filtered', 'it has been idle for 10 s, and more than 10 s are asked for'],
      [null, 'it is idle'],
      ['filtered', 'its name is not ad*'],
    ]);
    routed.claim.release();
  });

  it('holds nothing where it is told to end', async () => {
    const { look, commands } = await makeFleet(['ada']);
    const snapshot = await look();
    const ending = new AbortController();
    let asked = 0;
    const activityOf: ActivityOf = async () => {
      if (++asked === 2) ending.abort(new Error('enough'));
      return idle(1);
    };
    const options = { commands, activityOf, signal: ending.signal };
    await expect(route(snapshot, options)).rejects.toThrow('enough');
    expect(asked).toBe(2);
    const [session] = snapshot.sessions;
    const again = session && (await claim(session, { commands }));
    if (!again || isRefusal(again)) throw new Error('it is claimed still');
    again.release();
  });
});

const ROUTERS = 8;
const RUN_MS = 10_000;

/** From when to when somebody has had a session; a killed one has had it until it was killed, at least. */
interface Held {
  readonly name: string;
  readonly pid: number;
  readonly from: bigint;
  readonly to: bigint;
}

describe('many who route at once, and are killed', () => {
  requires('cc');

  it('never share a session, and lose none', async () => {
    const names = Array.from({ length: ROUTERS }, (_, index) => `s${index}`);
    const { scratch, command, commands, look } = await makeFleet(names);
    const log = `${scratch}/log`;
    fs.writeFileSync(log, '');
    const main = bundleRouter();
    const startRouter = () => {
      const words = [main, `${scratch}/homes/*`, command, compile('claim-holder'), log];
      return spawn(globalThis.process.execPath, words, { stdio: 'ignore' });
    };
    const routers = names.map(startRouter);
    const killedAt = new Map<number, bigint>();
    const end = performance.now() + RUN_MS;
    let kills = 0;
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      const victim = Math.floor(Math.random() * ROUTERS);
      // A command under a claim, or who has started it and leaves it behind.
      if (kills++ % 2 === 0) killHolder(holders(log), killedAt);
      else {
        await killed(routers[victim] as ChildProcess);
        routers[victim] = startRouter();
      }
    }
    await Promise.all(routers.map(killed));
    await waitFor('the last commands to end', () => holders(log).every((pid) => killedAt.has(pid) || hasEnded(pid)));

    const held = intervals(fs.readFileSync(log, 'utf8'), killedAt);
    expect(overlaps(held)).toEqual([]);
    expect(new Set(held.map(({ name }) => name)).size).toBeGreaterThan(ROUTERS / 2);
    expect(held.length).toBeGreaterThan(ROUTERS);
    const { sessions } = await look();
    expect(sessions.map(({ name }) => name.text)).toEqual(names);
    for (const session of sessions) {
      const again = await claim(session, { commands });
      if (isRefusal(again)) throw new Error(again.message);
      again.release();
    }
  });

  it('would be found out if they did', () => {
    const log = 'begin 1 100 ada\nbegin 2 150 bob\nbegin 3 190 ada\nend 1 200 ada\nend 3 210 ada\nbegin 4 220 bob\n';
    const killedAt = new Map([[2, 215n]]);
    const held = intervals(log, killedAt);
    expect(overlaps(held)).toEqual(['3 had ada while 1 had it']);
    expect(overlaps(intervals(log, new Map([[2, 225n]])))).toContain('4 had bob while 2 had it');
  });
});

/** In the project's own tree, where koffi is found. */
function bundleRouter(): string {
  const project = new URL('../../', import.meta.url).pathname;
  const outfile = `${project}node_modules/.cache/plumbline-makers/router-main.mjs`;
  const options = ['--bundle', '--platform=node', '--format=esm', '--packages=external', '--loader:.sql=text'];
  const entry = `${project}test/makers/router-main.ts`;
  execFileSync(`${project}node_modules/.bin/esbuild`, [entry, ...options, '--log-level=error', `--outfile=${outfile}`]);
  return outfile;
}

function killed(child: ChildProcess): Promise<unknown> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  return ended;
}

/** The commands that have begun and not ended, by the log. */
function holders(log: string): number[] {
  const open = new Set<number>();
  for (const line of fs.readFileSync(log, 'utf8').split('\n')) {
    const [what, pid] = line.split(' ');
    if (what === 'begin') open.add(Number(pid));
    if (what === 'end') open.delete(Number(pid));
  }
  return [...open];
}

function killHolder(pids: readonly number[], killedAt: Map<number, bigint>): void {
  const alive = pids.filter((it) => !killedAt.has(it));
  const pid = alive[Math.floor(Math.random() * alive.length)];
  if (pid === undefined) return;
  killedAt.set(pid, globalThis.process.hrtime.bigint());
  try {
    globalThis.process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, and its line is there.
  }
}

function intervals(log: string, killedAt: ReadonlyMap<number, bigint>): Held[] {
  const lines = log.split('\n').slice(0, -1);
  const entries = lines.map((line) => {
    const [what = '', pid, at = '0', name = ''] = line.split(' ');
    return { what, pid: Number(pid), at: BigInt(at), name };
  });
  return entries
    .filter(({ what }) => what === 'begin')
    .map(({ pid, at, name }) => {
      const end = entries.find((it) => it.what === 'end' && it.pid === pid && it.at >= at)?.at;
      return { name, pid, from: at, to: end ?? killedAt.get(pid) ?? at };
    });
}

function overlaps(held: readonly Held[]): string[] {
  return held.flatMap((one) =>
    held
      .filter((it) => it !== one && it.name === one.name && it.from >= one.from && it.from < one.to)
      .map((it) => `${it.pid} had ${it.name} while ${one.pid} had it`),
  );
}
