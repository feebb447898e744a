import { PlumblineError } from '../../model/errors.ts';

/** A data directory that cannot be used, where that is its own fault. */
export class DamagedStore extends PlumblineError {
  /** Why, without the place. */
  readonly why: string;

  constructor(directory: string, why: string) {
    super('registry', `the registry in ${directory} is damaged: ${why}`, {
      hint: 'plumb sync moves it aside, and makes it anew from the kernel',
    });
    this.why = why;
  }
}

/** What Postgres calls damage that it meets in a query: a page, an index, a file that is not there, a schema in part. */
const DAMAGE_STATES: ReadonlySet<string> = new Set(['XX001', 'XX002', '58P01', '42P07', '42P01', '42703', '3F000']);

/** What a query's error says of the directory: our own schema, in a database of our own, can only be there whole. */
export function damageIn(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return DAMAGE_STATES.has(error.code) ? `${error.message} (${error.code})` : null;
}

/** What PGlite says on its standard error; its errors themselves say nothing. */
export class Spoken {
  readonly #lines: string[] = [];

  hear(line: string): void {
    if (this.#lines.length < 50) this.#lines.push(line.slice(0, 500));
  }

  /** Why it ended, with the detail that says which of several reasons it was. */
  get reason(): string | null {
    const at = this.#lines.findLastIndex((line) => /\b(?:FATAL|PANIC): |^postgres: /.test(line));
    if (at === -1) return null;
    const [why = '', next = ''] = this.#lines.slice(at, at + 2);
    const detail = /\bDETAIL: +(.*)$/.exec(next)?.[1];
    const reason = why.replace(/^.*?\b(?:FATAL|PANIC): +|^postgres: /, '').trim();
    return detail === undefined ? reason : `${reason}: ${detail.trim()}`;
  }
}

/** What stands in the way of any data directory, in the words of errno, of WebAssembly and of Postgres. */
const OBSTACLES: readonly (readonly [RegExp, string])[] = [
  [/No space left|Disk quota|File too large/, 'make room on that file system, or raise ulimit -f; nothing is lost'],
  [/allocate memory|out of memory/i, 'it needs 200 MB, and ulimit -v unlimited; --db names a server instead'],
  [/file descriptors available|Too many open files/, 'raise the limit: ulimit -n 4096'],
  [
    /Permission denied|Operation not permitted|Read-only file system|postmaster\.pid/,
    'it must be yours to write: XDG_STATE_HOME says where it is, --db names another',
  ],
];

/** What Postgres says of files that are missing, short or not its own; each was tried. */
const DAMAGE = new RegExp(
  [
    'No such file or directory',
    'read only \\d+ of \\d+ bytes',
    'read \\d+ of \\d+$',
    'invalid page in block',
    'contains invalid data',
    'contains errors',
    'is not a valid data directory',
    'incompatible with server',
    'could not load .*pg_hba\\.conf',
    'could not access status of transaction',
    'could not locate a valid checkpoint record',
    'incorrect checksum',
    'invalid magic number',
    '"[^"]+" does not exist',
  ].join('|'),
);

/**
 * What it means that a data directory could not be opened. Only known damage is its own fault: what we do not
 * understand is left as it is, since it may open again.
 */
export function cannotOpen(directory: string, why: string): DamagedStore | PlumblineError {
  const obstacle = OBSTACLES.find(([words]) => words.test(why));
  if (!obstacle && DAMAGE.test(why)) return new DamagedStore(directory, why);
  const hint = obstacle?.[1] ?? `if it is damaged, move it away, and the next sync makes it anew: mv ${directory} …`;
  return new PlumblineError('registry', `the registry in ${directory} cannot be opened: ${why}`, { hint });
}
