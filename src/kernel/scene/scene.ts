import type { ByteString } from '../../model/text.ts';
import type { FileStat } from '../procfs.ts';

/**
 * A recorded machine: what the kernel answered to every question of a look.
 * Keys are paths without a leading slash: `proc/4711/stat`, `etc/shells`, `srv/agents`. Bytes are one character each.
 */
export interface Scene {
  /** The time of the look, RFC 3339. */
  now: string;
  /** The pid of the plumb that looked. */
  selfPid: number;
  /** What listing /proc gave. */
  pids: readonly number[];
  staticDirectories: number;
  nlink: number;
  readonly files: Map<string, Uint8Array>;
  readonly links: Map<string, ByteString>;
  readonly stats: Map<string, FileStat>;
  /** The mount that a held file lies on. */
  readonly mountIds: Map<string, number>;
  readonly lists: Map<string, readonly ByteString[]>;
  /** Questions without an answer: `readlink proc/4711/cwd` → `EACCES`; `TIMEOUT` where a file system did not answer. */
  readonly missing: Map<string, string>;
  /** kill(pid, 0), for pids that were asked about. */
  readonly exists: Map<number, boolean>;
}

/** The questions that can be asked of a path. */
export type Question = 'read' | 'readlink' | 'stat' | 'list' | 'open' | 'mount';

/** A scene in which nothing has been asked yet. */
export function emptyScene(now: Date, selfPid: number): Scene {
  return {
    now: now.toISOString(),
    selfPid,
    pids: [],
    staticDirectories: 0,
    nlink: 0,
    files: new Map(),
    links: new Map(),
    stats: new Map(),
    mountIds: new Map(),
    lists: new Map(),
    missing: new Map(),
    exists: new Map(),
  };
}

/** The key of a path outside /proc. */
export function fileKey(path: ByteString): string {
  return path.replace(/^\/+/, '');
}

/** The key of a file of /proc; what stands under `self` is kept under our pid, as in the real one. */
export function procKey(scene: Scene, name: string): string {
  return name.startsWith('self/') ? `proc/${scene.selfPid}/${name.slice('self/'.length)}` : `proc/${name}`;
}
