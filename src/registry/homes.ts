import type { Database } from './database.ts';
import storeSql from './sql/store_homes.sql';

/** A home as it stands in `plumbline.homes`; text as `storedText` writes it. */
interface StoredHome {
  readonly name: string;
  readonly path: string;
  readonly dev: bigint | null;
  readonly ino: bigint | null;
  /** As a BPF iterator tells the directory; null where it cannot be compared. */
  readonly level: string | null;
  readonly generation: number | null;
  readonly bornUs: bigint | null;
  readonly problem: string | null;
}

/** What SQL needs to tell the sessions of a machine from what the kernel writes itself. */
export interface StoredHomes {
  readonly bootId: string;
  readonly homes: readonly StoredHome[];
  readonly commands: readonly string[] | null;
  /** The base names in /etc/shells. */
  readonly shells: readonly string[];
  readonly terminal: 'required' | 'optional';
  /** Whether those are all: of homes that may not be seen nobody knows whether they are there. */
  readonly isWhole: boolean;
}

/** How many homes were written and taken away, and whether the rules were written; none where all was so already. */
export interface HomesWritten {
  readonly written: number;
  readonly removed: number;
  readonly writesRules: boolean;
}

/**
 * Makes the homes of a host, and what is configured of them, say what they are now. Rows that say so already stay as they are,
 * and so do those of homes that could not be looked for.
 *
 * Source: plumbline.homes, plumbline.home_rules
 * Needs:  select, insert, update and delete on both
 * @throws {PlumblineError} `registry` where the tables are not there, or may not be written
 */
export async function storeHomes(database: Database, hostId: string, stored: StoredHomes): Promise<HomesWritten> {
  const homes = stored.homes.map(({ dev, ino, bornUs, ...rest }) => {
    return { ...rest, dev: text(dev), ino: text(ino), born_us: text(bornUs) };
  });
  const { bootId, commands, shells, terminal, isWhole } = stored;
  const rules = JSON.stringify({ commands, shells, terminal });
  const parameters = [hostId, bootId, JSON.stringify(homes), rules, String(isWhole)];
  const { rows } = await database.query(storeSql, parameters);
  const [row] = rows;
  return { written: Number(row?.['written']), removed: Number(row?.['removed']), writesRules: row?.['ruled'] === '1' };
}

/** Whether there are the tables, and the right to write them: an older schema has none. */
export async function canStoreHomes(database: Database): Promise<boolean> {
  const { rows } = await database.query(
    `select (
       to_regclass('plumbline.homes') is not null and to_regclass('plumbline.home_rules') is not null
       and coalesce((
         select bool_and(has_table_privilege(c.oid, p.privilege))
         from pg_class c, unnest(array['select', 'insert', 'update', 'delete']) p (privilege)
         where c.oid in (to_regclass('plumbline.homes'), to_regclass('plumbline.home_rules'))
       ), false)
     )::text as may`,
  );
  return rows[0]?.['may'] === 'true';
}

function text(number: bigint | null): string | null {
  return number === null ? null : String(number);
}
