import type { PGlite } from '@electric-sql/pglite';

/** The functions of an engine, by what a client may do with them. */
export function functionLists(db: PGlite): Promise<{ readonly allowed: string[]; readonly refused: string[] }>;
