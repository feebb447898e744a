import { describe, expect, it, onTestFinished } from 'vitest';
import { canStoreHomes, type StoredHomes, storeHomes } from '../../src/registry/homes.ts';
import { migrate } from '../../src/registry/migrate.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

const BOOT = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

const ADA: StoredHomes['homes'][number] = {
  name: 'ada',
  path: '/srv/ada',
  dev: 65024n,
  ino: 2n ** 63n,
  level: '0000fe000000000000000064',
  generation: 4294967295,
  bornUs: 1764000000000001n,
  problem: null,
};

function stored(...homes: readonly Partial<typeof ADA>[]): StoredHomes {
  const all = homes.map((it) => ({ ...ADA, ...it }));
  return {
    bootId: BOOT,
    homes: all,
    commands: ['claude', "o'ne"],
    shells: ['bash'],
    terminal: 'required',
    isWhole: true,
  };
}

describe.each(postgresVersions().slice(-1))('the homes of a registry in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  async function open() {
    const database = await openPostgres(server().createDatabase(), {});
    onTestFinished(() => database.close());
    const before = await canStoreHomes(database);
    await migrate(database);
    const rows = async () => {
      const query =
        'select name, path, dev, ino, generation, born_at::text, problem from plumbline.homes order by name';
      return (await database.query(query)).rows.map((row) => Object.values(row).join(' '));
    };
    return { database, before, rows };
  }

  it('are what they are now, and are not written where they are so already', async () => {
    const { database, before, rows } = await open();
    expect([before, await canStoreHomes(database)]).toEqual([false, true]);
    expect(await storeHomes(database, 'here', stored({}))).toEqual({ written: 1, removed: 0, writesRules: true });
    await storeHomes(database, 'there', stored({}));
    expect((await rows())[0]).toBe('ada /srv/ada 65024 9223372036854775808 4294967295 2025-11-24 16:00:00.000001+00 ');
    expect(await storeHomes(database, 'here', stored({}))).toEqual({ written: 0, removed: 0, writesRules: false });
    expect(await storeHomes(database, 'here', stored({ ino: 7n }))).toEqual({
      written: 1,
      removed: 0,
      writesRules: false,
    });
    expect(await storeHomes(database, 'here', stored({ name: 'bob' }))).toEqual({
      written: 1,
      removed: 1,
      writesRules: false,
    });
    expect(await storeHomes(database, 'here', { ...stored(), commands: null })).toEqual({
      written: 0,
      removed: 1,
      writesRules: true,
    });
    const { rows: rules } = await database.query('select host_id, commands from plumbline.home_rules order by 1');
    expect(rules).toEqual([
      { host_id: 'here', commands: null },
      { host_id: 'there', commands: `{claude,o'ne}` },
    ]);
    expect(await rows()).toHaveLength(1);
  });

  it('stay where not all of them could be looked for', async () => {
    const { database, rows } = await open();
    await storeHomes(database, 'here', stored({}, { name: 'bob' }));
    const seen = { ...stored({ name: 'bob', ino: 7n }), isWhole: false };
    expect(await storeHomes(database, 'here', seen)).toMatchObject({ written: 1, removed: 0 });
    expect(await rows()).toEqual([expect.stringContaining('ada '), expect.stringContaining('bob ')]);
  });

  it('keep a generation that somebody has seen, as long as the directory is the same', async () => {
    const { database, rows } = await open();
    await storeHomes(database, 'here', stored({}));
    expect(await storeHomes(database, 'here', stored({ generation: null }))).toMatchObject({ written: 0, removed: 0 });
    expect((await rows())[0]).toContain(' 4294967295 ');
    await storeHomes(database, 'here', stored({ generation: null, bornUs: 5n }));
    expect((await rows())[0]).not.toContain('4294967295');
  });
});
