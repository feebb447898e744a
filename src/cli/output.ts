import { PlumblineError } from '../model/errors.ts';
import { EXIT, EXIT_OF_ERROR, type ExitCode } from './exit-codes.ts';
import { escapeMessage } from './render/escape.ts';
import { isTerminal, writeTo } from './streams.ts';

/** Why an answer is no, or why there is none. */
export interface Problem {
  /** For programs to branch on: an error's code, `absent`, `unseen` or `ambiguous`. */
  readonly code: string;
  readonly message: string;
  /** What to do about it; empty where there is nothing. */
  readonly hint: string;
}

/** More about a problem than its three texts. */
export interface ProblemDetail {
  /** Whole lines, without anything that a terminal obeys. */
  readonly lines: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The two streams: data on stdout, all else on stderr, there as lines for people or as JSON lines for programs.
 */
export class Output {
  readonly #json: boolean;

  constructor(json: boolean) {
    this.#json = json;
  }

  /** Whether a person looks at stdout. */
  get isTerminal(): boolean {
    return isTerminal(1);
  }

  /** The width of the terminal; null where there is none, or it does not know. */
  get columns(): number | null {
    return globalThis.process.stdout.columns || null;
  }

  /** Colour is for terminals, unless somebody said otherwise (no-color.org, and FORCE_COLOR as Node reads it). */
  wantsColor(flag: boolean): boolean {
    const { env } = globalThis.process;
    if (!flag || env['NO_COLOR'] || env['TERM'] === 'dumb') return false;
    const forced = env['FORCE_COLOR'];
    return forced === undefined ? this.isTerminal : forced !== '0' && forced !== 'false';
  }

  data(text: string): void {
    writeTo(1, text);
  }

  /** Something worth knowing about an answer that was given all the same. */
  note(message: string): void {
    const line = this.#json ? json({ note: { message } }) : `plumb: ${escapeMessage(message)}`;
    writeTo(2, `${line}\n`);
  }

  /** @param detail what stands below: lines for people, and fields for programs */
  problem({ code, message, hint }: Problem, detail: ProblemDetail = { lines: '', fields: {} }): void {
    const text = `plumb: ${escapeMessage(message)}${hint === '' ? '' : `\n       ${escapeMessage(hint)}`}`;
    const error = { code, message, hint, ...detail.fields };
    writeTo(2, this.#json ? `${json({ error })}\n` : `${text}\n${detail.lines}`);
  }

  /** Tells of what was thrown, and says what to end with. */
  failure(error: unknown): ExitCode {
    if (error instanceof PlumblineError) {
      this.problem(error);
      return EXIT_OF_ERROR[error.code];
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const hint =
      'please report it with this text and, if you can, what `plumb record DIR` writes (see CONTRIBUTING.md)';
    if (this.#json) this.problem({ code: 'bug', message: stack, hint });
    else writeTo(2, `plumb: plumbline has a bug\n${stack}\n${hint}\n`);
    return EXIT.bug;
  }
}

function json(line: object): string {
  return JSON.stringify({ schema_version: 1, ...line });
}
