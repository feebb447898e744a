import fs from 'node:fs';
import path from 'node:path';
import { describeMissing, type Outcome, valueOrNull } from '../../model/outcome.ts';
import { type Refusal, refuse } from '../../model/refusal.ts';
import { attempt, parseOutcome } from '../attempt.ts';
import { loadMountCalls, NOTHING_SPECIAL } from '../native/mount.ts';
import { parseMountinfo } from '../parse/mountinfo.ts';
import { distrustDirectory, isBpfFs, PIN_NAMES } from './pins.ts';

/** A directory where pins can be. */
export interface PreparedDirectory {
  readonly kind: 'prepared';
  /** Whether a BPF file system was mounted on it now. */
  readonly isMounted: boolean;
  /** False where others have pinned there as well: its group and mode are theirs to choose. */
  readonly isOurs: boolean;
  /** Whether it was mounted where the machine's first process, and so everybody else, does not see it. */
  readonly isHidden: boolean;
}

/** What our file system is called in mount tables: by that it is known as ours. */
const SOURCE = 'plumbline';
const DIRECTORY_MODE = 0o750;

/** What the kernel itself puts into a new BPF file system, where it was built with CONFIG_BPF_PRELOAD. */
const OF_THE_KERNEL: readonly string[] = ['maps.debug', 'progs.debug'];

/** What a new pin is called until it is whole. */
export function unfinished(name: string): string {
  return `${name}-new`;
}

/**
 * Makes a directory where the group, and nobody else, may find pins: on a BPF file system, a new one if need be. Whatever
 * an earlier attempt has left half done is finished.
 *
 * Source: mount(2); /proc/self/mountinfo
 * Needs:  root; CAP_SYS_ADMIN to mount
 */
export async function prepareDirectory(directory: string, group: number): Promise<PreparedDirectory | Refusal> {
  const why = distrustDirectory(directory);
  if (why !== null) return refuse('foreign', `${directory} is no place for pins: ${why}`, { hint: '--directory DIR' });
  const made = attempt(() => fs.mkdirSync(directory, 0o700));
  if (made.kind !== 'value' && !(made.kind === 'unsupported' && made.errno === 'EEXIST')) {
    const hint = made.kind === 'gone' ? `mkdir ${path.dirname(directory)}` : '--directory DIR';
    return refuse('unsupported', `${directory} cannot be made: ${describeMissing(made)}`, { hint });
  }
  const isMounted = !isBpfFs(directory);
  if (isMounted) {
    const refused = await mountOn(directory);
    if (refused !== null) return refused;
  }
  const source = mountedOn(directory);
  const isOurs = (source === null || source === SOURCE) && strangersIn(directory).length === 0;
  const refused = isOurs ? giveTo(directory, group, DIRECTORY_MODE) : null;
  const isHidden = isMounted && mountsOf(1).kind === 'value' && mountedOn(directory, 1) !== SOURCE;
  return refused ?? { kind: 'prepared', isMounted, isOurs, isHidden };
}

/** Gives what is root's to a group, and only then lets it in. */
export function giveTo(place: string, group: number, mode: number): Refusal | null {
  const given = attempt(() => {
    fs.chownSync(place, 0, group);
    fs.chmodSync(place, mode);
  });
  if (given.kind === 'value') return null;
  const message = `${place} cannot be given to group ${group}: ${describeMissing(given)}`;
  return refuse(given.kind === 'denied' ? 'denied' : 'unsupported', message, {
    hint: 'run it as root with all capabilities (CAP_CHOWN)',
  });
}

async function mountOn(directory: string): Promise<Refusal | null> {
  if (fs.readdirSync(directory).length > 0) {
    const message = `${directory} is no BPF file system and not empty: what is in it would be hidden`;
    return refuse('foreign', message, { hint: 'name an empty directory, or one that is not there: --directory DIR' });
  }
  const { mount } = await loadMountCalls();
  // Root's alone until its group is set.
  const order = { source: SOURCE, target: directory, fsType: 'bpf', flags: NOTHING_SPECIAL, options: 'mode=0700' };
  const mounted = mount(order);
  if (mounted.kind === 'value') return null;
  const message = `no BPF file system can be mounted on ${directory}: ${describeMissing(mounted)}`;
  const hint =
    mounted.kind === 'denied'
      ? 'it takes CAP_SYS_ADMIN on the machine itself: as root, outside of a container'
      : 'a kernel with CONFIG_BPF_SYSCALL=y has it';
  return refuse(mounted.kind === 'denied' ? 'denied' : 'unsupported', message, { hint });
}

/** What was left of a directory when the pins were gone from it. */
export interface ClearedDirectory {
  readonly isUnmounted: boolean;
  readonly isRemoved: boolean;
  /** Why it is still there; empty where it is not. */
  readonly why: string;
}

/**
 * Takes a directory away that has no pins any more: unmounts what was mounted by `prepareDirectory`, if it is empty.
 *
 * Source: umount2(2), rmdir(2); /proc/self/mountinfo
 * Needs:  root; CAP_SYS_ADMIN to unmount
 */
export async function clearDirectory(directory: string): Promise<ClearedDirectory> {
  const left = (why: string, isUnmounted = false) => ({ isUnmounted, isRemoved: false, why });
  const others = fs.readdirSync(directory).filter((name) => !OF_THE_KERNEL.includes(name));
  if (others.length > 0) return left(`${others.join(', ')} in it`);
  const source = mountedOn(directory);
  if (source !== null && source !== SOURCE) return left('somebody else has mounted it');
  if (source !== null) {
    const detached = (await loadMountCalls()).detach(directory);
    if (detached.kind !== 'value') return left(`it cannot be unmounted: ${describeMissing(detached)}`);
  }
  const removed: Outcome<void> = attempt(() => fs.rmdirSync(directory));
  if (removed.kind !== 'value') return left(describeMissing(removed), source !== null);
  return { isUnmounted: source !== null, isRemoved: true, why: '' };
}

/** Names that are neither pins of ours nor the kernel's. */
function strangersIn(directory: string): string[] {
  const own = [...PIN_NAMES, ...PIN_NAMES.map(unfinished), ...OF_THE_KERNEL];
  return fs.readdirSync(directory).filter((name) => !own.includes(name));
}

/** The source of what is mounted on a directory, as a process sees it; null where nothing is. */
function mountedOn(directory: string, pid: number | 'self' = 'self'): string | null {
  const place = Buffer.from(directory).toString('latin1');
  // The last one covers those before it.
  return (valueOrNull(mountsOf(pid)) ?? []).findLast(({ mountPoint }) => mountPoint === place)?.source ?? null;
}

function mountsOf(pid: number | 'self') {
  const read = attempt(() => fs.readFileSync(`/proc/${pid}/mountinfo`));
  return parseOutcome(read, parseMountinfo);
}
