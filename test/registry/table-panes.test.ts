import { describe, expect, it, onTestFinished } from 'vitest';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { observe } from '../../src/observe.ts';
import type { Database } from '../../src/registry/database.ts';
import { makeFromTemplate } from '../../src/registry/embedded/directory.ts';
import { openPglite } from '../../src/registry/embedded/pglite.ts';
import { incumbentsOfClaims } from '../../src/registry/table/claim.ts';
import { planTable, type TablePlan } from '../../src/registry/table/plan.ts';
import { openTable, type Table } from '../../src/registry/table/table.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { inPanes, panesIn } from '../stories/panes.ts';
import { parseStory } from '../stories/story.ts';
import { sceneOf } from '../stories/story-scene.ts';
import { makeStateDirectory } from './registries.ts';
import { AGENTS, connectTo, MAPPING, rowsOf, STORY } from './tables.ts';

const HOST = 'here';
const WITH_PANE = { ...MAPPING, columns: { ...MAPPING.columns, pane: 'pane' } };

/** What one look makes of the table, if ada is in this pane. */
async function planOf(table: Table, pane: string) {
  const story = parseStory(STORY);
  const claims = await table.read(HOST);
  const incumbents = incumbentsOfClaims(claims);
  const { homes, commands, terminal } = story;
  const machine = replayMachine(sceneOf(story));
  const snapshot = await observe({ homes, commands, terminal, hostId: HOST, incumbents, machine });
  return planTable(inPanes(snapshot, panesIn([`pane ada ${pane}`])), claims, table.mapping);
}

function written(table: Table, plan: TablePlan) {
  return table.exclusively(HOST, () => table.apply(plan, 90));
}

/** The same on both: the embedded Postgres, and a server. */
function sharedTests(open: () => Promise<Database>): void {
  const fleet = async () => {
    const database = await open();
    await database.script(`${AGENTS}; alter table agents add column pane text;
      insert into agents (name, pid, tty, status, note, pane) values ('ada', 110, 'pts/3', 'running', 'keep', '%1')`);
    return { database, table: await openTable(database, WITH_PANE, 'write') };
  };
  const row = 'select name, pid, tty, note, pane from agents';

  it('is put right where only the pane is wrong, and then left alone', async () => {
    const { database, table } = await fleet();
    const plan = await planOf(table, 'work:1.0 %7');
    expect(plan.changes.map(({ kind, columns }) => [kind, columns])).toEqual([['pane_moved', ['pane']]]);
    expect(await written(table, plan)).toEqual({ lost: [], refused: new Map() });
    expect(await rowsOf(database, row)).toEqual(['ada 110 pts/3 keep %7']);
    expect((await planOf(table, 'work:4.1 %7')).changes).toEqual([]);
    expect((await planOf(table, 'unknown')).changes).toEqual([]);
    await written(table, await planOf(table, 'none'));
    expect(await rowsOf(database, row)).toEqual(['ada 110 pts/3 keep ']);
  });

  it('is not written where somebody else has changed the pane meanwhile', async () => {
    const { database, table } = await fleet();
    const plan = await planOf(table, 'work:1.0 %7');
    await database.script(`update agents set pane = '%2'`);
    expect((await written(table, plan)).lost).toEqual(['ada']);
    expect(await rowsOf(database, row)).toEqual(['ada 110 pts/3 keep %2']);
  });

  it('is refused where the column cannot hold a pane', async () => {
    const database = await open();
    await database.script(`${AGENTS}; alter table agents add column pane integer`);
    await expect(openTable(database, WITH_PANE, 'write')).rejects.toMatchObject({
      code: 'schema',
      message: expect.stringContaining('pane (pane) is of type integer'),
      hint: expect.stringContaining('alter column "pane" type text;'),
    });
  });
}

describe("a column of the pane in somebody else's table", () => {
  describe('in the embedded Postgres', () => {
    sharedTests(async () => {
      const directory = `${makeStateDirectory()}/data`;
      await makeFromTemplate(directory);
      const database = await openPglite(directory);
      onTestFinished(() => database.close());
      return database;
    });
  });

  describe.each(postgresVersions().slice(-1))('in Postgres $major', (version) => {
    requires('setpriv', 'postgres');
    const server = usePostgres(version);
    sharedTests(() => connectTo(server().createDatabase()));
  });
});
