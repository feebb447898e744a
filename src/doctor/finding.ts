/** One thing that plumbline depends on. */
export interface Finding {
  readonly what: string;
  /** `fine`; `lost`: it works, and something is not to be had; `failed`: it does not work. */
  readonly state: 'fine' | 'lost' | 'failed';
  /** What was found. */
  readonly found: string;
  /** What is not to be had therefore; empty where it is fine. */
  readonly lost: string;
  /** The command that mends it, or what to do; empty where there is nothing to do. */
  readonly mend: string;
}

/** A thing that is as it should be. */
export function fine(what: string, found: string): Finding {
  return { what, state: 'fine', found, lost: '', mend: '' };
}
