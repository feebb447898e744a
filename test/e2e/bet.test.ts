import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYSTEMS } from '../../bet/model.ts';
import type { Lived } from '../../bet/one-run.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { allPids } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

const RUN = path.join(import.meta.dirname, '../../bet/run.mjs');
const PATIENCE_MS = 240_000;

describe('npm run bet', () => {
  requires('root', 'the whole machine', 'tmux', 'postgres', 'setpriv', 'unshare', 'a memory cgroup');
  leavesNothingBehind();

  it('lives through a schedule with every system, whoever is stopped beside it', { timeout: PATIENCE_MS }, async () => {
    const scratch = makeScratch();
    const out = path.join(scratch, 'out');
    const bet = startBet(scratch, ['--seeds', '4', '--minutes', '0.5', '--sessions', '4', '--out', out]);
    await isStopped('SIGKILL', 'the database and the tmux servers');
    await isStopped('SIGINT', 'start agent-1');
    expect([await bet.ended, bet.said()]).toEqual([0, expect.stringContaining('kill agent-')]);
    expect(bet.left()).toEqual([]);
    const { result, happened } = JSON.parse(fs.readFileSync(path.join(out, 'seed-4.json'), 'utf8')) as Lived;
    expect(result.systems.map(({ system }) => system)).toEqual(SYSTEMS);
    for (const { system, cost, rowSeconds } of result.systems) {
      expect([system, cost.readings > 0, rowSeconds > 0]).toEqual([system, true, true]);
    }
    const kinds = new Set(happened.map(({ mishap }) => mishap.kind));
    const certain = ['start', 'kill', 'client-gone', 'server-killed', 'server-started', 'database-outage'] as const;
    expect([...kinds]).toEqual(expect.arrayContaining([...certain]));
    expect(happened.find(({ mishap }) => mishap.kind === 'kill')?.proof).toMatch(/has ended$/);
    // A kill is what registration does not hear of; whoever asks the kernel, and gets an answer, does.
    const deadCalledAlive = (name: string) => {
      return result.systems.find(({ system }) => system === name)?.wrongSeconds['dead called alive'] ?? Number.NaN;
    };
    expect(deadCalledAlive('registration')).toBeGreaterThan(1);
    expect(deadCalledAlive('plumb list')).toBe(0);
    expect(deadCalledAlive('observe()')).toBe(0);
  });

  it('leaves nothing behind where it is stopped before it has begun', async () => {
    const scratch = makeScratch();
    const bet = startBet(scratch, []);
    await expect.poll(() => fs.readdirSync(path.join(scratch, 'tmp')), { interval: 5 }).not.toEqual([]);
    bet.child.kill('SIGINT');
    expect(await bet.ended).toBe(130);
    expect(bet.left()).toEqual([]);
  });

  it('says what is missing before it starts anything', async () => {
    const scratch = makeScratch();
    const bet = startBet(scratch, [], ['unshare', '-pf', '--kill-child', '--mount-proc']);
    expect(await bet.ended).toBe(2);
    expect(bet.said()).toContain('the bet needs the whole machine');
    expect(bet.left()).toEqual([]);
  });
});

/** One that is stopped at such a moment, and leaves nothing behind. */
async function isStopped(signal: 'SIGINT' | 'SIGKILL', moment: string): Promise<void> {
  const bet = startBet(makeScratch(), ['--seeds', '1', '--minutes', '1', '--sessions', '4']);
  await bet.says(moment);
  expect(bet.left().length).toBeGreaterThan(3);
  bet.child.kill(signal);
  expect(await bet.ended).toBe(signal === 'SIGINT' ? 130 : null);
  await expect.poll(() => bet.left(), { timeout: 20_000 }).toEqual([]);
}

interface Bet {
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
  readonly says: (text: string) => Promise<void>;
  /** Its processes, control groups and files. */
  readonly left: () => readonly string[];
}

function startBet(scratch: string, args: readonly string[], through: readonly string[] = []): Bet {
  const [file = '', ...words] = [...through, process.execPath, RUN, ...args];
  // Not npm’s own: what it watches is whoever has started npm, and that is this test.
  const { npm_lifecycle_event: _npm, ...env } = process.env;
  const temporary = path.join(scratch, 'tmp');
  fs.mkdirSync(temporary);
  const child = spawn(file, words, { env: { ...env, TMPDIR: temporary }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const says = async (text: string) => {
    await expect.poll(() => said.includes(text) || child.exitCode !== null, { timeout: PATIENCE_MS }).toBe(true);
    expect(said).toContain(text);
  };
  const left = () => [
    ...allPids()
      .filter((pid) => pid !== child.pid && commandOf(pid).includes(temporary))
      .map(commandOf),
    ...['memory', 'cpu', ''].flatMap((it) => groups(`/sys/fs/cgroup/${it}`, `plumbline-bet-${child.pid}-`)),
    ...fs.readdirSync(temporary),
  ];
  return { child, ended, said: () => said, says, left };
}

function groups(directory: string, name: string): string[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory).filter((it) => it.startsWith(name)) : [];
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
