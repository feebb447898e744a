import fs from 'node:fs';
import path from 'node:path';
import { describeMissing, valueOrNull } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';

/**
 * Where `plumb bpf install` pins: a file system of its own. Not below /run/plumbline, which is a service's own directory:
 * systemd gives all that it finds there to the service's user.
 */
export const PINS_DIRECTORY = '/run/plumbline-bpf';

/** What is pinned: rows of bytes, rows of text, and command lines as text. A name there may hold no dot. */
export const PIN_NAMES = ['sessions', 'sessions_text', 'arguments_text'] as const;

/** One of them: the program of that name. */
export type PinName = (typeof PIN_NAMES)[number];

/** A pin that may be read, or why there is none to read. */
export type FoundPin =
  | { readonly kind: 'pin'; readonly path: string }
  /** Nothing is there. */
  | { readonly kind: 'absent'; readonly path: string; readonly why: string }
  /** What is there may not be seen by us. */
  | { readonly kind: 'denied'; readonly path: string; readonly why: string }
  /** Somebody other than root has made it, or may change it. */
  | { readonly kind: 'untrusted'; readonly path: string; readonly why: string };

/** Magic number of a BPF file system, as statfs(2) tells it. */
const BPF_FS_MAGIC = 0xcafe4a11;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Finds a pin, and whether it may be believed. It tells whatever whoever made it likes: so it has to be root's, where only
 * root could have put it. Who may read it is the kernel's to say, when it is opened.
 *
 * Source: lstat(2) of each directory on the way, and of the pin; statfs(2)
 * Needs:  the right to search the directory
 * @param directory an absolute path
 */
export function findPin(directory: string, name: string): FoundPin {
  const place = `${directory}/${name}`;
  const found = (kind: Exclude<FoundPin['kind'], 'pin'>, why: string): FoundPin => ({ kind, path: place, why });
  for (const step of stepsTo(place)) {
    const looked = attempt(() => fs.lstatSync(step));
    if (looked.kind === 'gone') return found('absent', `there is no ${step}`);
    if (looked.kind === 'denied') return found('denied', `${step} may not be seen (${looked.errno})`);
    if (looked.kind !== 'value') return found('untrusted', `${step}: ${describeMissing(looked)}`);
    const isAbove = step.length < directory.length;
    const why = whyNot(looked.value, isAbove);
    if (why !== null) return found('untrusted', `${step} ${why}`);
  }
  const isPin = attempt(() => fs.lstatSync(place).isFile() && isBpfFs(place));
  if (isPin.kind !== 'value' || !isPin.value)
    return found('untrusted', `${place} is no pin: it lies on no BPF file system`);
  return { kind: 'pin', path: place };
}

/**
 * Why pins in a directory could not be believed; null where they can, or it is not there yet.
 *
 * Source: lstat(2) of the directory and of each above it
 * Needs:  nothing
 */
export function distrustDirectory(directory: string): string | null {
  for (const step of stepsTo(directory)) {
    const looked = attempt(() => fs.lstatSync(step));
    if (looked.kind === 'gone') return null;
    if (looked.kind !== 'value') return `${step}: ${describeMissing(looked)}`;
    const why = whyNot(looked.value, step !== directory) ?? (looked.value.isDirectory() ? null : 'is no directory');
    if (why !== null) return `${step} ${why}`;
  }
  return null;
}

/**
 * The number of the group that a directory of pins belongs to; null where it may not be seen.
 *
 * Source: lstat(2)
 * Needs:  nothing
 */
export function groupOf(directory: string): number | null {
  return valueOrNull(attempt(() => fs.lstatSync(directory).gid));
}

/** Whether a path lies on a BPF file system. */
export function isBpfFs(place: string): boolean {
  // As a signed number on some kernels.
  return fs.statfsSync(place).type >>> 0 === BPF_FS_MAGIC;
}

/** In a directory above, others may have what is theirs, if they cannot touch what is not (sticky). */
function whyNot(stats: fs.Stats, isAbove: boolean): string | null {
  const { uid, mode } = stats;
  if (stats.isSymbolicLink()) return 'is a symbolic link';
  if (uid !== 0) return `belongs to user ${uid}, not to root`;
  const isShared = (mode & OTHERS_MAY_WRITE) !== 0 && !(isAbove && (mode & STICKY) !== 0);
  return isShared ? `may be written by others than root (mode ${(mode & 0o7777).toString(8)})` : null;
}

/** `/`, `/run`, `/run/x`: each directory on the way, and the path itself. */
function stepsTo(place: string): string[] {
  const parts = path
    .normalize(place)
    .split('/')
    .filter((it) => it !== '');
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}
