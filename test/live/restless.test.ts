import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { compile, install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, reportOf } from '../makers/look.ts';
import { manyLooks } from '../makers/many-looks.ts';
import { type ProcessRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('observe() of what changes while it looks', () => {
  requires('cc');

  it('finds an agent at home in each of many looks while it goes in and out of subdirectories', async () => {
    const scratch = makeScratch();
    const [home, deep] = makeDirectories(scratch, 'ada', 'ada/a/b/c/d');
    const claude = install('pacer', `${scratch}/bin/claude`);
    const terminal = await openTerminal([claude, home, deep, `${home}/a`], { cwd: home });
    await manyLooks(async (look) => {
      const snapshot = await observe({ homes: homesAt({ ada: home }), commands: ['claude'] });
      const { verdict, session } = reportOf(snapshot, 'ada');
      expect({ look, verdict, pid: session?.pid }).toEqual({ look, verdict: 'alive', pid: terminal.pid });
    });
  });

  it('puts an agent that commutes between two homes into one of them in each of many looks', async () => {
    const scratch = makeScratch();
    const [ada, bob] = makeDirectories(scratch, 'ada', 'bob');
    const terminal = await openTerminal([install('pacer', `${scratch}/bin/claude`), ada, bob], { cwd: ada });
    await manyLooks(async (look) => {
      const { sessions } = await observe({ homes: homesAt({ ada, bob }), commands: ['claude'] });
      expect({ look, pids: sessions.map((session) => session.pid) }).toEqual({ look, pids: [terminal.pid] });
    });
  });

  it.each([50_000, 5_000, 0])(
    `never says that a home is empty in which agents hand over to each other every %d µs`,
    async (microseconds) => {
      const scratch = makeScratch();
      const [home] = makeDirectories(scratch, 'ada');
      const claude = install('relay', `${scratch}/bin/claude`);
      const terminal = await openTerminal([compile('relay'), claude, String(microseconds)], { cwd: home });
      const runs = (row: ProcessRow) => row.comm === 'claude' && row.sid === terminal.pid && row.hasExecuted;
      await waitFor('one of them', () => processTable().some(runs));
      const verdicts = new Map<string, number>();
      await manyLooks(async () => {
        const { verdict } = reportOf(await observe({ homes: homesAt({ ada: home }), commands: ['claude'] }), 'ada');
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      });
      expect(Object.fromEntries(verdicts)).not.toHaveProperty('none');
      expect(Object.fromEntries(verdicts)).toHaveProperty('alive');
    },
  );

  it('reads a command line of any length', async () => {
    const scratch = makeScratch();
    const many = Array.from({ length: 30_000 }, (_, index) => `argument-${index}`);
    const terminal = await openTerminal([install('agent', `${scratch}/bin/claude`), ...many], { cwd: scratch });
    await waitFor('the agent', () => fs.readFileSync(`/proc/${terminal.pid}/cmdline`).length > 300_000);
    const { sessions } = await observe({ homes: homesAt({ ada: scratch }), commands: ['claude'] });
    expect(sessions).toMatchObject([{ pid: terminal.pid, verdict: 'alive' }]);
  });
});
