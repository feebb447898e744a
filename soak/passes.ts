import fs from 'node:fs';
import { clockMs } from '../test/storm/clock.ts';

/** One pass of a watcher, as the server saw it. */
export interface Pass {
  /** Its transaction's first statement was over: the look began after that. */
  readonly fromMs: number;
  /** It was committed. */
  readonly toMs: number;
  /** Between the read of the rows and the next statement. */
  readonly lookMs: number;
}

interface Unfinished {
  readonly fromMs: number;
  isPass: boolean;
  readToMs: number | null;
  lookMs: number | null;
}

const LINE = /^(\d+\.\d+) (\w+) LOG: {2}duration: ([\d.]+) ms {2}(\w+)[^:]*: (.*)$/;
/** What of the statements is known: they are recognised by how they begin. */
const LOCK = 'select pg_advisory_xact_lock(';
const READ = '-- $1 the host id, $2 whether the evidence';
/** The log is begun anew when it has grown so large. */
const LARGEST_BYTES = 64 * 2 ** 20;

/** The passes of each watcher, from what the server wrote down of its statements: a witness that is not plumbline. */
export class Passes {
  readonly #file: string;
  readonly #byRole = new Map<string, Pass[]>();
  readonly #unfinished = new Map<string, Unfinished>();
  #offset = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads what was written since. */
  update(): void {
    const offsetMs = Date.now() - clockMs();
    const fd = fs.openSync(this.#file, 'r+');
    try {
      const { size } = fs.fstatSync(fd);
      const bytes = Buffer.alloc(size - this.#offset);
      this.#offset += fs.readSync(fd, bytes, 0, bytes.length, this.#offset);
      const lines = (this.#rest + bytes.toString('utf8')).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.add(line, offsetMs);
      // The server appends, wherever the end is.
      if (this.#offset > LARGEST_BYTES) {
        fs.ftruncateSync(fd, 0);
        this.#offset = 0;
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  /** @param offsetMs from our clock to that of the log */
  add(line: string, offsetMs: number): void {
    const [, seconds, role = '', duration, step, text = ''] = LINE.exec(line) ?? [];
    if (seconds === undefined) return;
    const toMs = Number(seconds) * 1000 - offsetMs;
    const open = this.#unfinished.get(role);
    if (open && open.readToMs !== null && open.lookMs === null) open.lookMs = toMs - Number(duration) - open.readToMs;
    if (step !== 'execute' && step !== 'statement') return;
    if (text.startsWith('begin')) {
      this.#unfinished.set(role, { fromMs: toMs, isPass: false, readToMs: null, lookMs: null });
    } else if (open && text.startsWith(LOCK)) open.isPass = true;
    else if (open && text.startsWith(READ)) open.readToMs ??= toMs;
    else if (text.startsWith('commit') || text.startsWith('rollback')) {
      this.#unfinished.delete(role);
      if (!open?.isPass || open.lookMs === null || text.startsWith('rollback')) return;
      const { fromMs, lookMs } = open;
      this.of(role).push({ fromMs, toMs, lookMs });
    }
  }

  /** Those of one host's watcher, in order. */
  of(role: string): Pass[] {
    const found = this.#byRole.get(role);
    if (found) return found;
    const none: Pass[] = [];
    this.#byRole.set(role, none);
    return none;
  }
}

/** The last one that was committed before a moment, and the one after it. */
export function passesAround(
  passes: readonly Pass[],
  atMs: number,
): { readonly last: Pass | null; readonly next: Pass | null } {
  const index = passes.findLastIndex(({ toMs }) => toMs < atMs);
  return { last: passes[index] ?? null, next: passes[index + 1] ?? null };
}
