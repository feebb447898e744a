/** Another version of the iterators, in place of one that is pinned and read. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { objectFile } from '../../src/kernel/bpf/object-file.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import {
  buildOtherVersion,
  installFor,
  makePinsPlace,
  mountBpfFs,
  OTHER_LAYOUT,
  pinOwn,
  plumbBpf,
  statusOf,
} from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

/** Loading takes the kernel a second on an idle machine, and these do it many times. */
const PATIENCE_MS = 240_000;

const GROUP = 4242;

const install = (directory: string) => installFor(GROUP, directory);

describe('a pin that is replaced', { timeout: PATIENCE_MS }, () => {
  requires('root', 'iterators', 'clang', 'mount namespaces');

  it('is so because its program is another one', async () => {
    const directory = makePinsPlace();
    await install(directory);
    const old = await statusOf(directory);
    fs.unlinkSync(`${directory}/sessions`);
    await pinOwn(buildOtherVersion(makeScratch(), OTHER_LAYOUT), 'sessions', `${directory}/sessions`);
    expect((await statusOf(directory)).sessions.program?.tag).not.toBe(old.sessions.program?.tag);
    const again = await install(directory);
    expect(again.stdout).toContain('pinned, in place of another version');
    const after = await statusOf(directory);
    expect(after.sessions).toMatchObject({ state: 'usable', program: { tag: old.sessions.program?.tag } });
  });

  it('is there for every reader all the time, and whole', async () => {
    const directory = makePinsPlace();
    await install(directory);
    const object = buildOtherVersion(makeScratch(), OTHER_LAYOUT);
    const through = [...inMountNamespace(`mount --bind ${object} ${await objectFile()}; exec "$@"`), 'sh'];
    const reader = startReader(`${directory}/sessions`);
    for (const way of [through, [], through]) {
      const args = ['install', '--directory', directory, '--group', `${GROUP}`];
      expect((await plumbBpf(args, { through: way })).stdout).toMatch(/^ {2}sessions +pinned, in place of another/m);
    }
    const { layouts, failures } = await reader.stop();
    expect(failures).toEqual([]);
    expect(layouts).toEqual([1, 999]);
  });
});

/** Another process that reads a pin over and over, and tells which layouts it has met, and what went wrong. */
function startReader(pin: string) {
  const script = `
    const fs = require('node:fs');
    const layouts = new Set(), failures = [];
    let isOver = false;
    process.stdin.on('data', () => { isOver = true; }).on('end', () => {});
    const next = () => {
      if (isOver) {
        console.log(JSON.stringify({ layouts: [...layouts].sort((a, b) => a - b), failures }));
        return process.exit();
      }
      try {
        const bytes = fs.readFileSync(${JSON.stringify(pin)});
        layouts.add(bytes.readUInt32LE(4));
        const rows = bytes.readUInt32LE(bytes.length - 16);
        if (bytes.readUInt32LE(bytes.length - 24) !== 2 || rows === 0) failures.push('not whole');
      } catch (error) {
        failures.push(error.code);
      }
      setImmediate(next);
    };
    next();`;
  const child = spawn(globalThis.process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
  });
  return {
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end('over');
      await ended;
      return JSON.parse(said) as { layouts: number[]; failures: string[] };
    },
  };
}

describe('plumb bpf install, where the kernel does not take every program', { timeout: PATIENCE_MS }, () => {
  requires('root', 'iterators', 'clang', 'mount namespaces');

  it('leaves out the command lines, and says why; the others are there, and it comes when it can', async () => {
    const directory = makePinsPlace();
    const object = buildOtherVersion(makeScratch(), {
      file: 'arguments.h',
      from: 'SEC("iter.s/task")',
      to: 'SEC("iter.s/no_such_kind")',
    });
    mountBpfFs(directory, 'mode=0750', 'plumbline');
    const through = [...inMountNamespace(`mount --bind ${object} ${await objectFile()}; exec "$@"`), 'sh'];
    const first = await plumbBpf(['install', '--directory', directory, '--group', `${GROUP}`], { through });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^ {2}arguments_text +left out: arguments_text cannot be loaded: load: E[A-Z]+$/m);
    expect(fs.readdirSync(directory).sort()).toEqual(expect.arrayContaining(['sessions', 'sessions_text']));
    expect(fs.readdirSync(directory)).not.toContain('arguments_text');
    const second = await install(directory);
    expect(second.stdout).toMatch(/^ {2}sessions +was there: /m);
    expect(second.stdout).toMatch(/^ {2}arguments_text +pinned: /m);
  });
});
