import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { loadLibbpf } from '../../src/kernel/bpf/libbpf.ts';
import { loadIterator } from '../../src/kernel/bpf/load-iterator.ts';
import { objectFile } from '../../src/kernel/bpf/object-file.ts';
import { PLUMB } from '../e2e/plumb.ts';
import type { Ran } from './child-output.ts';
import { bundleWithKoffi } from './observe-elsewhere.ts';
import { makeScratch } from './scratch.ts';

const BUILD = new URL('../../scripts/build-bpf.mjs', import.meta.url).pathname;

/** A place for pins that is nobody else's: what is mounted there goes with the test. */
export function makePinsPlace(): string {
  const directory = `${makeScratch()}/pins`;
  onTestFinished(() => unmount(directory));
  return directory;
}

/** Mounts a BPF file system that plumb has not made. */
export function mountBpfFs(directory: string, options = 'mode=0755', source = 'somebody'): void {
  fs.mkdirSync(directory);
  execFileSync('mount', ['-t', 'bpf', '-o', options, source, directory]);
}

/** The fields behind the mount point in /proc/self/mountinfo, of each that is mounted there. */
export function mountsOn(directory: string): string[] {
  const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line.split(' ')[4] === directory);
}

/** Runs the built `plumb bpf` with its output piped. */
export function plumbBpf(args: readonly string[], { through = [], env = {} }: How = {}): Promise<Ran> {
  return startBpf(args, { through, env }).ended;
}

/** The same, to be ended by hand. */
export function startBpf(args: readonly string[], { through = [], env = {} }: How = {}) {
  const [file = '', ...argv] = [...through, globalThis.process.execPath, PLUMB, 'bpf', ...args];
  const child = spawn(file, argv, { env: { ...globalThis.process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (data: string) => {
      said[name] += data;
    });
  }
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
  return { child, ended };
}

/** How a command is run: as another user, in another namespace, with other variables. */
interface How {
  readonly through?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A pin, as `plumb bpf status --json` tells it. */
interface Pin {
  readonly name: string;
  readonly state: string;
  readonly mode: string;
  readonly gid: number;
  readonly program: { readonly id: number; readonly tag: string } | null;
  readonly rows: number | null;
}

/** What `plumb bpf status` says, run through a command that leads elsewhere. */
export async function statusOf(directory: string, through: readonly string[] = []) {
  const { code, stdout, stderr } = await plumbBpf(['status', '--json', '--directory', directory], { through });
  const { pins, requirements } = JSON.parse(stdout) as {
    pins: Pin[];
    requirements: { what: string; answer: string }[];
  };
  const [sessions] = pins;
  if (sessions === undefined) throw new Error('no pin is told');
  return { code, pins, sessions, requirements, stderr };
}

/** Runs `plumb bpf install` for a group by its number. */
export function installFor(group: number, directory: string, ...more: readonly string[]): Promise<Ran> {
  return plumbBpf(['install', '--directory', directory, '--group', `${group}`, ...more]);
}

/** A command that runs another one as a user with these groups and capabilities, and no others. */
export function asMember(uid: number, groups: readonly number[], capabilities: readonly string[] = []): string[] {
  const sets = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const ids = ['--reuid', `${uid}`, '--regid', `${uid}`];
  const member = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return ['setpriv', ...ids, ...member, `--inh-caps=${sets}`, `--ambient-caps=${sets}`, `--bounding-set=${sets}`];
}

/** Bundles one of our programs that knows where the iterators are. */
export async function bundleWithObject(scratch: string, entry: string): Promise<string> {
  const place = `${scratch}/bpf-object.mjs`;
  fs.writeFileSync(place, `export const file = ${JSON.stringify(await objectFile())};`);
  return bundleWithKoffi(scratch, entry, [`--alias:plumbline:bpf-object=${place}`]);
}

/** The iterators, built with changes to their text. */
export function buildOtherVersion(scratch: string, ...changes: readonly Change[]): string {
  const source = new URL('../../bpf', import.meta.url).pathname;
  fs.cpSync(source, `${scratch}/bpf`, { recursive: true });
  for (const { file, from, to } of changes) {
    const path = `${scratch}/bpf/${file}`;
    const text = fs.readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    fs.writeFileSync(path, text.replace(from, to));
  }
  // It works where it is started.
  execFileSync(globalThis.process.execPath, [BUILD], { cwd: scratch });
  return `${scratch}/dist/bpf/sessions.bpf.o`;
}

/** A change that makes another version of the iterators. */
export const OTHER_LAYOUT: Change = { file: 'record.h', from: '#define LAYOUT 1\n', to: '#define LAYOUT 999\n' };

/** What stands in a file of bpf/, and what is to stand there instead. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Brings a program of an object into the kernel and pins it, as root may: with whatever name, owner and mode. */
export async function pinOwn(object: string, program: string, place: string): Promise<void> {
  const library = await loadLibbpf();
  if ('kind' in library) throw new Error(library.why);
  const loaded = loadIterator(library, object, program);
  if (!('link' in loaded)) throw new Error(`${program} was not loaded`);
  const failed = loaded.link.pin(place);
  loaded.close();
  if (failed !== null) throw new Error(`${place}: ${failed.errno}`);
}

function unmount(directory: string): void {
  // As often as something was mounted on it.
  for (const _ of mountsOn(directory)) execFileSync('umount', ['--lazy', directory]);
}
