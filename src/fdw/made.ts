import type { MadeObject } from './record.ts';

/** Statements, and what is there when they have run, in the order in which it was made. */
export interface Made {
  readonly statements: readonly string[];
  readonly objects: readonly MadeObject[];
}
