import fs from 'node:fs';
import path from 'node:path';
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
  withoutUntold,
} from '../makers/sql-election.ts';
import { knownToKernel } from '../makers/story-election.ts';
import type { LineOptions } from '../makers/task-lines.ts';
import { parseStory } from '../stories/story.ts';

const STORIES = path.join(import.meta.dirname, '../fixtures/stories');

/** A first thread that has ended has no directory any more, and the iterator tells of first threads only. */
const UNKNOWN_TO_SQL = new Set(['zombie-leader-with-threads.txt']);

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

  const stories = fs.readdirSync(STORIES).filter((file) => file.endsWith('.txt'));
  it.each(stories)('says of %s what TypeScript says of it', async (file) => {
    const scene = await knownToKernel(parseStory(fs.readFileSync(path.join(STORIES, file), 'utf8')));
    const told = await toldBySql(scene, { tellsArguments: () => true });
    if (scene.homes.length === 0) expect(told).toEqual([]);
    else if (UNKNOWN_TO_SQL.has(file)) expect(told).toEqual(scene.homes.map(({ name }) => `${name} unknown`));
    else expect(told).toEqual(toldByTypeScript(scene));
  });

  it('says what TypeScript says, or that it is unknown, of what was not read soundly or whole', async () => {
    const trouble = fc.record({
      scene: randomScene,
      bits: fc.array(fc.constantFrom(1, 1, 1, 0, 3, 5), { minLength: 1 }),
    });
    let known = 0;
    await fc.assert(
      fc.asyncProperty(trouble, async ({ scene, bits }) => {
        const told = await toldBySql(scene, { verdict: (pid) => bits[pid % bits.length] ?? 1 });
        const right = toldByTypeScript(withoutUntold(scene));
        expect(told.length).toBe(right.length);
        for (const [place, line] of right.entries()) {
          const [name] = line.split(' ');
          if (told[place] === line) known++;
          else expect(told[place]).toBe(`${name} unknown`);
        }
      }),
      { numRuns: CASES },
    );
    expect(known).toBeGreaterThan(CASES / 4);
  }, 120_000);

  it('says of any machine what TypeScript says', async () => {
    await fc.assert(
      fc.asyncProperty(randomScene, async (scene) => {
        expect(await toldBySql(scene, { tellsArguments: () => true })).toEqual(toldByTypeScript(scene));
      }),
      { numRuns: CASES },
    );
  }, 120_000);
});
