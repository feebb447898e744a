const TABLES: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' };

/** A table as people call it: only three have names that are the kernel's. */
export function tableWord(table: number | null): string | null {
  return table === null ? null : (TABLES[table] ?? String(table));
}
