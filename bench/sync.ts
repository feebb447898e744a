// Hot path: a sync that finds nothing to do, as a whole process. Compared with `plumb list` on the same sessions.
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { Cluster, postgresVersions } from '../test/makers/postgres-cluster.ts';
import { type Contender, compare, meter, type Samples } from './harness/measure.ts';
import { populate } from './harness/population.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { median, medianMs, peakBytes } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const LIST = 'plumb list';
const FIRST = 'plumb sync, embedded, first run';
const EMBEDDED = 'plumb sync, embedded, nothing changed';
const SERVER = 'plumb sync, Postgres, nothing changed';
const SESSIONS = 100;
const ROUNDS = 21;

/** Measures sync on 100 sessions; null where the command has not been built. */
export async function measureSync(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  const { plumb } = workshop;
  if (plumb === null) return null;
  const population = await populate(workshop, SESSIONS + 100, SESSIONS);
  const version = postgresVersions().at(-1);
  const cluster = version ? new Cluster(version.bin, []) : null;
  try {
    const flags = ['--home', `${population.homes}/*`, '--command', COMMAND];
    const state = path.join(workshop.directory, 'state');
    const run = (directory: string, ...args: string[]) =>
      meter(workshop, ['env', `XDG_STATE_HOME=${directory}`, proc.execPath, plumb, ...args, ...flags]);
    const fresh = async () => {
      const directory = fs.mkdtempSync(`${state}-`);
      const sample = await run(directory, 'sync');
      fs.rmSync(directory, { recursive: true });
      return sample;
    };
    const contenders: Contender[] = [
      { name: LIST, run: () => run(state, 'list') },
      { name: FIRST, run: fresh },
      { name: EMBEDDED, run: () => run(state, 'sync') },
    ];
    await run(state, 'sync');
    if (cluster) {
      await cluster.start();
      const url = cluster.createDatabase();
      await meter(workshop, [proc.execPath, plumb, 'sync', '--init', '--apply', '--db', url]);
      await run(state, 'sync', '--db', url);
      contenders.push({ name: SERVER, run: () => run(state, 'sync', '--db', url) });
    }
    return results(await compare(contenders, ROUNDS), contenders);
  } finally {
    await cluster?.end();
    await population.close();
  }
}

function results(samples: Samples, contenders: readonly Contender[]): { table: Table; targets: Target[] } {
  const overList = (name: string) => {
    const lists = samples.get(LIST) ?? [];
    return median((samples.get(name) ?? []).map(({ ms }, round) => ms - (lists[round]?.ms ?? Number.NaN)));
  };
  const rows = contenders.map(({ name }) => {
    const over = name === LIST ? '' : digits(overList(name));
    return [name, digits(medianMs(samples, name)), over, digits(peakBytes(samples, name) / 1e6)];
  });
  return {
    table: {
      title: `Sync: ${SESSIONS} sessions, piped`,
      head: ['', 'ms', 'over list', 'peak MB'],
      rows,
      note: `Medians of ${ROUNDS} rounds, everything once a round.`,
    },
    targets: [
      atMost(`${EMBEDDED}: time`, 900, medianMs(samples, EMBEDDED), 'ms'),
      atMost(`${EMBEDDED}: peak memory`, 200, peakBytes(samples, EMBEDDED) / 1e6, 'MB'),
      atMost(`${FIRST}: time`, 1500, medianMs(samples, FIRST), 'ms'),
      atMost(`${FIRST}: peak memory`, 350, peakBytes(samples, FIRST) / 1e6, 'MB'),
      atMost(`${SERVER}: over list`, 60, overList(SERVER), 'ms'),
    ],
  };
}
