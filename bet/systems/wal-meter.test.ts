import { expect, it } from 'vitest';
import { requires } from '../../test/makers/requires.ts';
import { makeArena } from './test-arena.ts';
import { WalMeter } from './wal-meter.ts';

requires('tmux', 'postgres');

it('counts what each role has written, also where the server has crashed in between', async () => {
  const { arena, admin, cluster } = await makeArena([]);
  await admin(`insert into heartbeat_5 (name, host, pid) values ('ada', 'h', 1), ('bob', 'h', 2)`);
  await admin('create extension pg_stat_statements; select pg_stat_statements_reset()');
  const meter = await WalMeter.open(arena.database.adminUrl);
  const beat = 'update heartbeat_5 set last_seen = now()';
  for (let time = 0; time < 5; time++) await admin(beat);
  const { rows } = await admin(
    `select rows, wal_bytes from pg_stat_statements where query ilike 'update heartbeat_5%'`,
  );
  const before = (await meter.written()).get('heartbeat_5');
  expect(before?.rows).toBe(Number(rows[0]?.['rows']));
  // The same, and five commits, which statistics of statements leave out.
  const commits = (before?.walBytes ?? 0) - Number(rows[0]?.['wal_bytes']);
  expect(commits).toBeGreaterThanOrEqual(5 * 34);
  expect(commits).toBeLessThan(5 * 200);

  await cluster.kill();
  await cluster.start();
  await admin(
    `delete from heartbeat_5 where name = 'bob'; insert into heartbeat_30 (name, host, pid) values ('cy', 'h', 3)`,
  );
  const after = await meter.written();
  expect(after.get('heartbeat_5')?.rows).toBe(11);
  expect(after.get('heartbeat_30')?.rows).toBe(1);
  expect(after.get('registration')).toBeUndefined();
});
