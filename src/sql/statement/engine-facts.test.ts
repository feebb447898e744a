import template from 'plumbline:registry-template';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionLists } from '../../../scripts/sql-functions.mjs';
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts';
import { REFUSED_FUNCTIONS } from './refused-functions.ts';
import { SUPERUSER_SETTINGS } from './superuser-settings.ts';

let db: PGlite;

async function column(sql: string): Promise<unknown[]> {
  const { rows } = await db.query<unknown[]>(sql, [], { rowMode: 'array' });
  return rows.map(([value]) => value);
}

describe('what the engine has, as it was when it was decided what may be used', () => {
  beforeAll(async () => {
    db = await PGlite.create({ loadDataDir: new Blob([new Uint8Array(template)]) });
  });
  afterAll(async () => {
    await db.close();
  });

  it('functions: scripts/sql-functions.mjs writes the lists anew, and the difference is to be looked at', async () => {
    const { allowed, refused } = await functionLists(db);
    expect([...ALLOWED_FUNCTIONS]).toEqual(allowed);
    expect([...REFUSED_FUNCTIONS]).toEqual(refused);
    expect(refused.length).toBeGreaterThan(100);
  });

  it('settings of superusers', async () => {
    const names = await column(
      `select name from pg_settings where context in ('superuser', 'superuser-backend') order by name collate "C"`,
    );
    expect([...SUPERUSER_SETTINGS]).toEqual(names);
  });

  it('operators, casts and types do nothing that a function could not', async () => {
    const volatile = `in (select oid from pg_proc where provolatile = 'v')`;
    expect(await column(`select oprname from pg_operator where oprcode ${volatile}`)).toEqual([]);
    expect(await column(`select oid from pg_cast where castfunc ${volatile}`)).toEqual([]);
    expect(await column(`select typname from pg_type where typinput ${volatile} or typoutput ${volatile}`)).toEqual([]);
  });

  it('what `row.function` can call is allowed, or refused by its name', async () => {
    const names = await column(
      `select distinct proname from pg_proc
      where pronargs > 0 and pronargs - pronargdefaults <= 1 and prorettype <> 'internal'::regtype
        and proargtypes[0]::regtype::text in ('record', '"any"', 'anyelement', 'anynonarray', 'anycompatible', 'anycompatiblenonarray')`,
    );
    expect(names.length).toBeGreaterThan(10);
    // What makes bytes or text of a row is asked for by COPY and by every answer as well.
    const isHarmless = (it: string) => ALLOWED_FUNCTIONS.has(it) || /_(?:out|send)$/.test(it);
    const other = names.map(String).filter((it) => !isHarmless(it) && !REFUSED_FUNCTIONS.has(it));
    expect(other).toEqual([]);
  });

  it('nothing but that has been added to it', async () => {
    const schemas = await column(
      `select distinct pronamespace::regnamespace::text from pg_proc
      where pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'plumbline')`,
    );
    expect(schemas).toEqual([]);
  });
});
