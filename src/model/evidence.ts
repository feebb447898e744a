/** One fact behind a verdict, in words and numbers that a person can check by hand. */
export interface Evidence {
  /** What it says: `working directory is the home`. */
  readonly fact: string;
  /** The kernel file that it was read from: `/proc/4711/cwd`. */
  readonly source: string;
  /** What stood there. */
  readonly value: string;
  /** The command that shows it now; null where the fact is an inference from the others. */
  readonly check: string | null;
}
