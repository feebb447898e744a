import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';

/** The makers that are written in C: each says in its first comment what it makes. */
export type CProgram =
  | 'agent'
  | 'blank'
  | 'changer'
  | 'chdir-storm'
  | 'claim-holder'
  | 'connections'
  | 'datagrams'
  | 'fork-in-front'
  | 'fork-storm'
  | 'forked-terminal'
  | 'iterator-reader'
  | 'keeper'
  | 'leaderless'
  | 'locks'
  | 'many-sockets'
  | 'mover'
  | 'numbered'
  | 'pacer'
  | 'pid-reuse'
  | 'receiver'
  | 'relay'
  | 'short-threads'
  | 'sitters'
  | 'socket-mix'
  | 'terminal'
  | 'thread-exec'
  | 'unused-terminal'
  | 'wandering-thread'
  | 'zombie';

const SOURCES = new URL('./c/', import.meta.url).pathname;
const CACHE = new URL('../../node_modules/.cache/plumbline-makers/', import.meta.url).pathname;

/** Compiles a maker, once for each text of it, and returns the program's path. */
export function compile(name: CProgram, options: readonly string[] = []): string {
  const source = `${SOURCES}${name}.c`;
  const flags = ['-O1', '-pthread', ...options];
  const key = createHash('sha256').update(fs.readFileSync(source)).update(flags.join(' ')).digest('hex').slice(0, 16);
  const program = `${CACHE}${name}-${key}`;
  if (fs.existsSync(program)) return program;
  fs.mkdirSync(CACHE, { recursive: true });
  const unfinished = `${program}.${globalThis.process.pid}`;
  execFileSync('cc', [...flags, '-o', unfinished, source]);
  fs.renameSync(unfinished, program);
  return program;
}

/** Copies a compiled maker under the name that it shall run as, for instance `…/bin/claude`. */
export function install(name: CProgram, path: string, options: readonly string[] = []): string {
  fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  fs.copyFileSync(compile(name, options), path);
  fs.chmodSync(path, 0o755);
  return path;
}
