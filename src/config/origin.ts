import { PlumblineError } from '../model/errors.ts';

/** Where settings were written, so that an error can name the place and say which kind of mistake it is. */
export interface Origin {
  /** `usage` for arguments, `config` for a file. */
  readonly code: 'usage' | 'config';
  /** What to call an entry: `homes[1], line 3 of /etc/plumbline/config.toml`, or `--home`. */
  readonly describe: (index: number) => string;
  /** The directory that relative paths start from; null: they are refused, since nobody knows where a file is read. */
  readonly workingDirectory: (() => string) | null;
}

/** Settings that a program passed, by their position in its array. */
export function fromProgram(key: string): Origin {
  return { code: 'usage', describe: (index) => `${key}[${index}]`, workingDirectory: null };
}

/** Settings from the command line, where a relative path means what it means to the shell. */
export function fromFlag(flag: string, workingDirectory: () => string): Origin {
  return { code: 'usage', describe: () => flag, workingDirectory };
}

/** The error for one entry: where it stands, what is wrong with it, and what to do. */
export function mistake(origin: Origin, index: number, message: string, hint: string): PlumblineError {
  return new PlumblineError(origin.code, `${origin.describe(index)}: ${message}`, { hint });
}
