import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/registry/database.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { randomScene } from '../makers/random-scene.ts';
import { requires } from '../makers/requires.ts';
import {
  electionSchema,
  insertSql,
  linesOf,
  type Scene,
  sceneSql,
  TOLD_SQL,
  toldByTypeScript,
} from '../makers/sql-election.ts';
import type { LineOptions } from '../makers/task-lines.ts';

const CASES = Number(globalThis.process.env['PLUMBLINE_ELECTIONS'] ?? 400);

describe.each(postgresVersions().slice(-1))('the election in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  let database: Database;
  beforeAll(async () => {
    database = await openPostgres(server().createDatabase(), {});
    await database.script(electionSchema());
  });
  afterAll(() => database.close());

  async function toldBySql(scene: Scene, options: LineOptions = {}): Promise<string[]> {
    await database.script(`${sceneSql(scene)}\n${insertSql(linesOf(scene, options))}`);
    const { rows } = await database.query(TOLD_SQL);
    return rows.map(({ told }) => told ?? '').sort();
  }

  it('says of any machine what TypeScript says', async () => {
    await fc.assert(
      fc.asyncProperty(randomScene, async (scene) => {
        expect(await toldBySql(scene, { tellsArguments: () => true })).toEqual(toldByTypeScript(scene));
      }),
      { numRuns: CASES },
    );
  }, 120_000);
});
