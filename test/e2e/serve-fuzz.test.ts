/** `plumb serve` among clients that do everything wrong, beside one that does everything right. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../makers/random.ts';
import { waitFor } from '../makers/wait-for.ts';
import { WireClient } from '../makers/wire-client.ts';
import { conversation, GoodClient, inParallel, mutated, noise, visit } from '../makers/wire-fuzz.ts';
import { Fleet } from './plumb.ts';
import { serve } from './serve.ts';

/** Another each time: it stands in the title, and `PLUMBLINE_FUZZ_SEED` brings one back. */
const SEED = Number(globalThis.process.env['PLUMBLINE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const STATEMENTS = [
  'select 1',
  'select $1::text',
  'select name, pid from sessions',
  'select * from processes',
  'begin',
  'commit',
  'rollback',
  'begin; declare c cursor for select * from processes; fetch 3 from c',
  'fetch all from c',
  "set application_name = 'é'",
  'nonsense',
  '',
  'copy (select 1) to stdout',
  'create table t (a int)',
  'select * from generate_series(1, 200000)',
];
/** A statement without an end, which costs an engine: rarely. */
const ENDLESS = 'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t';
/** Beside what an engine needs by chance. */
const MEMORY_KB = 128 * 1024;

let fleet: Fleet;
beforeAll(async () => {
  fleet = new Fleet();
  await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

describe(`plumb serve under PLUMBLINE_FUZZ_SEED=${SEED}`, () => {
  it('answers a good client all the time, and keeps nothing of the others', async () => {
    const directory = fleet.path('run');
    fs.mkdirSync(directory);
    const limits = ['--statement-timeout', '3s', '--idle-in-transaction-timeout', '1s', '--max-connections', '48'];
    const { server, addresses } = await serve(fleet, ['--pg', '127.0.0.1:0', '--pg', directory, ...limits]);
    const places = [Number(addresses[0]?.split(':')[1]), `${directory}/.s.PGSQL.5432`];
    const random = new Random(SEED);
    const attack = (count: number): Promise<void> =>
      inParallel(count, 12, async () => {
        const statements = random.chance(0.03) ? [...STATEMENTS, ENDLESS] : STATEMENTS;
        const target = { place: random.pick(places), random, statements };
        const whole = conversation(target);
        const ways = [
          () => noise(random, random.between(0, 300)),
          () => mutated(whole, random),
          () => mutated(whole, random),
          () => whole.subarray(0, random.between(0, whole.length)),
          () => whole,
        ];
        await visit(target, random.pick(ways)());
      });
    const first = await WireClient.start(places[0] ?? 0);
    expect(await first.value('select count(*) from sessions')).toBe('1');
    first.destroy();

    await attack(150);
    const { descriptors, rssKb } = await atRest(server.pid, places);
    const good = await Promise.all(
      places.map((place) =>
        GoodClient.start(place, (index) =>
          index % 20 === 19 ? ['select name from sessions', 'ada'] : [`select 'answer ${index}'`, `answer ${index}`],
        ),
      ),
    );
    await attack(600);
    const answers = good.map((it) => it.answers);
    await waitFor('more answers', () => good.every((it, index) => it.answers > (answers[index] ?? 0) + 5));
    await Promise.all(good.map((it) => it.end()));
    const after = await atRest(server.pid, places);
    expect(after.descriptors).toBeLessThanOrEqual(descriptors);
    expect(after.rssKb - rssKb).toBeLessThan(MEMORY_KB);
    expect(server.notes().filter((line) => /\bat .*\(.*:\d+:\d+\)|XX000/.test(line))).toEqual([]);
  });
});

/** What a server has open when all clients but one are gone: the sockets of those take a moment to end. */
async function atRest(pid: number, places: readonly (string | number)[]) {
  let least = Number.POSITIVE_INFINITY;
  // Until it has stayed the same for a while: it can only fall.
  for (let same = 0; same < 30; same++) {
    const now = fs.readdirSync(`/proc/${pid}/fd`).length;
    if (now < least) same = 0;
    least = Math.min(least, now);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const client = await WireClient.start(places[0] ?? 0);
  await client.value('select 1');
  client.destroy();
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { descriptors: least, rssKb: Number(rss) };
}
