import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseOf } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { Random } from '../makers/random.ts';
import { requires } from '../makers/requires.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Asker } from './live-asker.ts';
import { LiveFleet } from './live-fleet.ts';
import { judge } from './live-judge.ts';
import { Fleet } from './plumb.ts';
import { serve } from './serve.ts';

/** Another each time: it stands in the title, and `PLUMBLINE_LIVE_SEED` brings one back. */
const SEED = Number(globalThis.process.env['PLUMBLINE_LIVE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const CHANGES = 1000;
/** How often a change is followed by a whole question and answer without another one. */
const CALM = 0.2;
/** So long at most, however slow the machine is. */
const CALM_MS = 40_000;
const LEAST_ANSWERS = 30;
const NAMES = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay'];

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

describe.each(postgresVersions().slice(-1))(
  `the live view in Postgres $major, PLUMBLINE_LIVE_SEED=${SEED}`,
  (version) => {
    requires('setpriv', 'postgres', 'tmux', 'the whole machine', 'root');
    const server = usePostgres(version);

    it(`answers an unchanged query right while sessions are killed, restarted and moved ${CHANGES} times`, async () => {
      const url = server().createDatabase();
      server().psql(
        `create table agents (name text primary key, pid integer, pane text, status text not null);
         insert into agents select name, 4194303, 'x:0.0 %0', 'running' from unnest(array['${NAMES.join("','")}']) name`,
        databaseOf(url),
      );
      const directory = fleet.path('socket');
      fs.mkdirSync(directory);
      fs.chmodSync(directory, 0o755);
      await serve(fleet, ['--pg', directory, '--allow-user', '65534']);
      const mapping = ['--table', 'agents', '--key', 'name', '--pid', 'pid', '--pane', 'pane', '--this-host'];
      const status = ['--status', 'status', '--alive', 'running', '--dead', 'dead'];
      const install = ['fdw', 'install', '--apply', '--db', url, '--endpoint', directory, ...mapping, ...status];
      const installed = await fleet.plumb(install);
      expect(installed.code, installed.stderr).toBe(0);

      const live = new LiveFleet(fleet, await startTmux(fleet.directory));
      for (const name of NAMES) await live.open(name);
      const asker = await Asker.start(url);
      try {
        const random = new Random(SEED);
        const calmUntilMs = performance.now() + CALM_MS;
        for (let change = 0; change < CHANGES; change++) {
          await live.change(random);
          if (performance.now() < calmUntilMs && random.chance(CALM)) await asker.next();
        }
        await asker.settle();
        const wrong = judge(asker.answers, live.timeline);
        expect(wrong.slice(0, 10)).toEqual([]);
        expect(asker.answers.length).toBeGreaterThan(LEAST_ANSWERS);
        // When all is quiet, nothing is unknown.
        const quiet = await waitFor('all to be known', async () => {
          const answer = await asker.ask();
          return [...answer.rows.values()].every((row) => row.status !== null) && answer;
        });
        expect(judge([quiet], live.timeline)).toEqual([]);
      } finally {
        await asker.end();
      }
    }, 180_000);
  },
);
