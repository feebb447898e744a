/** Names of columns, of whichever table, that are spoken of; `all` where a whole row is. */
export type Columns = ReadonlySet<string> | 'all';

/** Those of a table that are among them. */
export function among(names: readonly string[], columns: Columns): ReadonlySet<string> {
  return new Set(columns === 'all' ? names : names.filter((it) => columns.has(it)));
}

/** Those of both. */
export function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a, ...b]);
}

/** Whether the first are all of the second, and maybe more. */
export function covers(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...b].every((it) => a.has(it));
}
