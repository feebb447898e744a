/** `npm run soak`, short: two hosts in namespaces, and everything that happens to them. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GREAT_MISHAPS, SESSION_MISHAPS } from '../../soak/deck.ts';
import type { Happened } from '../../soak/mishaps.ts';
import { allPids } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { waitFor } from '../makers/wait-for.ts';

const RUN = path.join(import.meta.dirname, '../../soak/run.mjs');

/** All that a soak starts has this in its environment. */
const MARK = `SOAK_TEST=${randomUUID()}`;
const [MARK_NAME = '', MARK_VALUE = ''] = MARK.split('=');

function startSoak(options: readonly string[]) {
  const child = spawn(globalThis.process.execPath, [RUN, ...options], {
    env: { ...globalThis.process.env, [MARK_NAME]: MARK_VALUE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (data: string) => {
      text += data;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, text: () => text };
}

/** What is left of it. */
function left(): number[] {
  return allPids().filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(MARK);
    } catch {
      return false;
    }
  });
}

function mounts(): string {
  return fs.readFileSync('/proc/self/mounts', 'utf8');
}

describe('npm run soak', () => {
  requires('cc', 'root', 'setpriv', 'tmux', 'unshare', 'postgres', 'pid namespaces', 'mount namespaces');

  it('finds no wrong row, whatever happens to sessions, watchers and the database, and leaves nothing behind', {
    timeout: 150_000,
  }, async () => {
    const out = makeScratch();
    const before = mounts();
    const soak = startSoak(['--minutes', '0.75', '--sessions', '20', '--seed', '5', '--out', out]);
    const code = await soak.ended;
    const read = (name: string) => JSON.parse(fs.readFileSync(`${out}/${name}`, 'utf8')) as unknown;
    expect(read('wrong.json'), soak.text()).toEqual([]);
    const { answers, list } = read('result.json') as {
      readonly answers: { readonly counts: Readonly<Record<string, number>> };
      readonly list: { readonly asked: number };
    };
    expect(answers.counts['right']).toBeGreaterThan(300);
    expect(list.asked).toBeGreaterThan(0);
    const kinds = new Set((read('happened.json') as readonly Happened[]).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...Object.keys(SESSION_MISHAPS), ...Object.keys(GREAT_MISHAPS)].sort());
    expect(code, soak.text()).toBe(0);
    expect(left()).toEqual([]);
    expect(mounts()).toBe(before);
  });

  it('leaves nothing behind where it is killed', async () => {
    const before = mounts();
    const soak = startSoak(['--minutes', '1', '--sessions', '10']);
    await waitFor('its sessions', () => soak.text().includes('starting'));
    await waitFor('one of them', () => left().length > 5);
    soak.child.kill('SIGKILL');
    await waitFor('all of it to be gone', () => left().length === 0);
    await soak.ended;
    expect(mounts()).toBe(before);
  });

  it('refuses what it does not understand', async () => {
    const soak = startSoak(['--sessions', 'many']);
    expect(await soak.ended).toBe(2);
    expect(soak.text()).toContain("--sessions: expected a number above 0, got 'many'");
    expect(soak.text()).not.toContain('at ');
  });
});
