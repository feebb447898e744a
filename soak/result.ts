import { atLeast, atMost, digits, type Table, type Target } from '../bench/harness/report.ts';
import type { Listings } from './listings.ts';
import type { Meters, WatcherMeter } from './meters.ts';
import type { Happened } from './mishaps.ts';
import type { Passes } from './passes.ts';
import type { Readings } from './readings.ts';
import { type Sample, type Slope, slopeOf } from './slope.ts';
import type { World } from './world/world.ts';

/** What descriptors may grow an hour for certain: below that they are level. */
const LEVEL_FILES = 1;
/** And memory, in MB: V8 goes on compiling for some thousand passes, which is more than a run of half an hour has. */
const LEVEL_MEMORY = { short: 10, long: 2 };
const LONG_HOURS = 2;

/** All that was measured. */
export interface Measured {
  readonly world: World;
  readonly sessions: number;
  readonly kinds: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly happened: readonly Happened[];
  readonly readings: Readings;
  readonly listings: Listings;
  readonly passes: Passes;
  readonly meters: Meters;
}

/** What it says, as tables, and what was demanded. */
export function resultOf(measured: Measured): {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
} {
  const tables = [answersTable(measured), watchersTable(measured), mishapsTable(measured)];
  return { tables, targets: targetsOf(measured) };
}

function answersTable({ readings, listings, fromMs, toMs }: Measured): Table {
  const { counts, unknownMs } = readings;
  const compared = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const row = (what: string, value: string) => [what, value];
  const longest = Math.max(0, ...unknownMs) / 1000;
  return {
    title: `Answers, in ${digits((toMs - fromMs) / 60_000)} minutes`,
    head: ['', ''],
    rows: [
      row('readings of plumbline.live_sessions', String(readings.readings)),
      row('of them without an answer: the database was away', String(readings.failures)),
      row('rows compared', String(compared)),
      row('right', String(counts.right)),
      row('right, but the pane is not told', String(counts['unnamed pane'])),
      row('right, but its pane is told where it was before', String(counts['older pane'])),
      row('ambiguous while one took the place of another', String(counts.ambiguous)),
      row('unknown: no watcher, or no connection', String(counts.unknown)),
      row('held: many deaths at once, within the two seconds more', String(counts.held)),
      row('not judged: the change was not over', String(counts.changing)),
      row('WRONG', String(counts.wrong)),
      row('the longest time that a host was unknown, s', digits(longest)),
      row('answers of plumb list', String(listings.asked)),
      row('its sessions compared', String(listings.compared)),
      row('ambiguous while one took the place of another', String(listings.ambiguous)),
      row('not judged: the change was not over', String(listings.undecided)),
      row('WRONG', String(listings.wrong.length)),
    ],
    note: 'A row is of one name on one host, and counts as compared where it is missing, too.',
  };
}

function watchersTable({ world, meters, passes, fromMs, toMs }: Measured): Table {
  const middleMs = (fromMs + toMs) / 2;
  const hours = (toMs - fromMs) / 3_600_000;
  const each = (what: string, of: (meter: WatcherMeter, host: string) => string) => {
    return [what, ...world.hosts.map(({ name }, index) => of(meters.watchers[index] as WatcherMeter, name))];
  };
  const perHour = (of: (meter: WatcherMeter) => readonly Sample[]) => (meter: WatcherMeter) =>
    told(growth(of(meter), middleMs));
  const looks = (host: string) =>
    passes
      .of(host)
      .map(({ lookMs }) => lookMs)
      .sort((a, b) => a - b);
  const gaps = (host: string, share: number) => {
    const starts = passes.of(host).map(({ fromMs }) => fromMs);
    const all = starts.slice(1).map((fromMs, index) => (fromMs - (starts[index] ?? 0)) / 1000);
    return all.sort((a, b) => a - b)[Math.floor(all.length * share)] ?? Number.NaN;
  };
  return {
    title: 'Watchers, and the database',
    head: ['', ...world.hosts.map(({ name }) => name)],
    rows: [
      each('lives of the watcher', (meter) => String(meter.lives)),
      each('passes that were committed', (_, host) => String(passes.of(host).length)),
      each('a look, ms: median', (_, host) => digits(looks(host)[Math.floor(looks(host).length / 2)] ?? Number.NaN)),
      each('a look, ms: 99 %', (_, host) => digits(looks(host)[Math.floor(looks(host).length * 0.99)] ?? Number.NaN)),
      each('from one look to the next, s: median', (_, host) => digits(gaps(host, 0.5))),
      each('from one look to the next, s: 99 %', (_, host) => digits(gaps(host, 0.99))),
      each('CPU, s an hour', ({ cpu }) => digits((cpu.seconds / cpu.upMs) * 3_600_000)),
      each('RSS, second half, MB', ({ rssMb }) => digits(growth(rssMb, middleMs)?.mean ?? Number.NaN)),
      each(
        'it grows, MB an hour',
        perHour(({ rssMb }) => rssMb),
      ),
      each('open files, second half', (it) => digits(growth(it.descriptors, middleMs)?.mean ?? Number.NaN)),
      each(
        'they grow, an hour',
        perHour((it) => it.descriptors),
      ),
      ['WAL, MB an hour, of both', digits(meters.walBytes / 2 ** 20 / hours), ''],
      ['rows written an hour, of both', digits(meters.rowsWritten / hours), ''],
      ['connections of the server, most', String(Math.max(0, ...meters.connections.map(({ value }) => value))), ''],
      ['connections of one watcher, most', String(meters.mostOfAWatcher), ''],
    ],
    note: 'Growth: one slope for all lives of a watcher without the first five minutes of each, with its 95 % interval.',
  };
}

function mishapsTable({ happened, kinds }: Measured): Table {
  const rows = kinds.map((kind) => [kind, String(happened.filter((it) => it.kind === kind).length)]);
  return { title: 'What happened', head: ['', 'times'], rows };
}

function targetsOf(measured: Measured): Target[] {
  const { world, meters, readings, listings, happened, kinds, fromMs, toMs } = measured;
  const middleMs = (fromMs + toMs) / 2;
  const isLong = toMs - fromMs >= LONG_HOURS * 3_600_000;
  const mostMb = isLong ? LEVEL_MEMORY.long : LEVEL_MEMORY.short;
  const grown = world.hosts.flatMap(({ name }, index) => {
    const { rssMb, descriptors } = meters.watchers[index] as WatcherMeter;
    const [memory, files] = [growth(rssMb, middleMs), growth(descriptors, middleMs)];
    return [
      level(`memory of the watcher of ${name} is level`, memory, { most: mostMb, unit: 'MB an hour' }),
      level(`open files of the watcher of ${name} are level`, files, { most: LEVEL_FILES, unit: 'an hour' }),
    ];
  });
  const leastOften = Math.min(...kinds.map((kind) => happened.filter((it) => it.kind === kind).length));
  return [
    atMost('wrong rows of plumbline.live_sessions beyond the bounds', 0, readings.counts.wrong, 'rows'),
    atMost('wrong answers of plumb list', 0, listings.wrong.length, 'rows'),
    atMost('a host that stays unknown when all are there again', 0, readings.lateReturns, 'readings'),
    atMost('connections of one watcher', 2, meters.mostOfAWatcher, ''),
    atLeast('every mishap happened', 1, leastOften, 'times'),
    atMost('what happened and nobody had ordered', 0, world.surprises.length, 'times'),
    ...grown.filter((it) => it !== null),
  ];
}

function growth(samples: readonly Sample[], middleMs: number): Slope | null {
  return slopeOf(samples, middleMs);
}

/** Level is what does not grow for certain: the whole interval lies above what may be. */
function level(
  what: string,
  slope: Slope | null,
  { most, unit }: { readonly most: number; readonly unit: string },
): Target | null {
  if (slope === null) return null;
  return { ...atMost(what, most, slope.low, unit), measured: `${told(slope)} ${unit}` };
}

function told(slope: Slope | null): string {
  return slope === null ? 'too short' : `${signed(slope.perHour)} (${signed(slope.low)} … ${signed(slope.high)})`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : ''}${Math.abs(value) < 0.005 ? '0' : digits(Math.abs(value))}`;
}
