/** docs/retire-the-sweeper.md, played on examples/agent-runner: both ends, each with a Postgres and a tmux of its own. */
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requires } from '../makers/requires.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const SCRIPT = path.join(ROOT, 'scripts/retire-the-sweeper.mjs');

describe('the way out of heartbeats', () => {
  it.each(['table', 'view'])(
    'has the commands of the page for the end %s, with an undo for every step',
    async (end) => {
      const page = await readPage();
      const numbers = end === 'table' ? ['1', '2', '3', '4', '5', '6'] : ['3v', '4v', '5v', '6v'];
      for (const number of numbers) {
        expect(page.get(number)?.run, `step ${number}`).not.toEqual([]);
        expect(page.get(number)?.undo, `undo of step ${number}`).not.toEqual([]);
      }
    },
  );

  it('plays every command that the page has', async () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs/retire-the-sweeper.md'), 'utf8');
    const played = [...(await readPage()).values()].flatMap(({ run, undo }) => [...run, ...undo]);
    expect(played.length).toBe(text.match(/^```sh$/gm)?.length);
  });

  it('has no command that waits for what has ended, or goes on after an error of SQL', async () => {
    const blocks = [...(await readPage()).values()].flatMap(({ run, undo }) => [...run, ...undo]);
    const waits = blocks.flatMap((block) => block.match(/^until .*$/gm) ?? []);
    expect(waits.length).toBeGreaterThan(0);
    for (const wait of waits) expect(wait).toContain('|| break');
    for (const block of blocks) if (/drop (?:table|column)/.test(block)) expect(block).toContain('ON_ERROR_STOP=1');
  });
});

describe('the way out of heartbeats, for whoever is not root', () => {
  requires('setpriv', 'root', 'a node for every user');

  it('is refused before anything is made', () => {
    const user = ['--reuid', '3001', '--regid', '3001', '--clear-groups'];
    const { status, stderr } = spawnSync('setpriv', [...user, process.execPath, SCRIPT], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([3, expect.stringContaining('it needs root')]);
  });
});

describe('the way out of heartbeats, as it is gone', () => {
  requires('setpriv', 'postgres', 'psql', 'tmux', 'the whole machine', 'root');

  // Side by side, since most of the time is waited for.
  it('has not one wrong read from the step on in which plumbline keeps the rows', async () => {
    const plays = await Promise.all(['table', 'view'].map(play));
    for (const { code, stdout, stderr } of plays) expect(code, `${stdout}\n${stderr}`).toBe(0);
    const [table, view] = plays;
    expect(table?.stdout).toMatch(/^6 +done again +watch /m);
    expect(table?.stdout).toContain('table: no sweeper, no beat and no last_seen is left');
    expect(view?.stdout).toMatch(/^6v +done again +view /m);
    expect(view?.stdout).toContain('view: no sweeper, no beat and no last_seen is left');
    for (const { stdout } of plays) expect(stdout).toMatch(/by plumbline: [1-9]\d+ reads, 0 wrong/);
    // And beats are wrong in the same run: else nothing would have been shown.
    for (const { stdout } of plays) expect(stdout).toMatch(/by beats: [1-9]\d+ reads, [1-9]\d* wrong/);
  }, 400_000);
});

interface Step {
  readonly run: readonly string[];
  readonly undo: readonly string[];
}

/** The page, as the script reads it. */
async function readPage(): Promise<ReadonlyMap<string, Step>> {
  const { readPage } = await import(pathToFileURL(path.join(ROOT, 'scripts/retire/page.mjs')).href);
  return readPage();
}

function play(end: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, '--end', end, '--quick'], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    onTestFinished(() => {
      child.kill('SIGTERM');
    });
  });
}
