// Measures plumbline's hot paths on populations of growing size, against what they are measured by, in one run.
import fs from 'node:fs';
import os from 'node:os';
import proc from 'node:process';
import { measureIterator } from './bpf.ts';
import { measurePostgresAlone } from './bpf-postgres.ts';
import { compareCalls } from './calls.ts';
import { measureConnections } from './connections.ts';
import { measureFleet } from './fleet.ts';
import { whatFallsShort } from './harness/limits.ts';
import { compare, type Samples } from './harness/measure.ts';
import { type Options, PARTS, type Part, readOptions, USAGE } from './harness/options.ts';
import { listed, populate } from './harness/population.ts';
import { type Table, type Target, targetTable, toMarkdown, toPlain } from './harness/report.ts';
import { openWorkshop, type Workshop } from './harness/workshop.ts';
import { measureHeartbeat } from './heartbeat.ts';
import { listContenders } from './list.ts';
import { measureLocks } from './locks.ts';
import { measureMounts } from './mounts.ts';
import { measureNudge } from './nudge.ts';
import { measurePanes } from './panes.ts';
import { measureParser } from './parse-proc-stat.ts';
import { measureProcesses } from './processes.ts';
import { measureRegistry } from './registry.ts';
import { growthTable, judgeSizes, memoryTable, type SizeResult, timeTable } from './results.ts';
import { measureRoutes } from './routes.ts';
import { scanContenders } from './scan.ts';
import { measureSql } from './sql.ts';
import { measureStart } from './start.ts';
import { measureSync } from './sync.ts';
import { measureWait } from './wait.ts';

async function main(): Promise<void> {
  const options = readOptions(proc.argv.slice(2));
  if (options.help) return console.log(USAGE);
  const workshop = openWorkshop(import.meta.dirname);
  if (options.calls) return await printCalls(workshop, options);
  const shown: Table[] = [];
  const show = (table: Table) => {
    shown.push(table);
    console.log(toPlain(table));
  };
  const about = machine();
  console.log(about);
  if (workshop.plumb === null) console.log('plumb has not been built (npm run build): the command is not measured');
  const targets: Target[] = [];
  for (const part of PARTS.filter((it) => options.only.includes(it))) {
    const measured = await measure[part](workshop, options);
    for (const table of measured?.tables ?? []) show(table);
    targets.push(...(measured?.targets ?? []));
  }
  if (targets.length > 0) show(targetTable(targets));
  if (options.markdown) fs.writeFileSync(options.markdown, [about, '', ...shown.map(toMarkdown)].join('\n'));
}

type Measured = { readonly tables: readonly Table[]; readonly targets: readonly Target[] };

/** How each part is measured; null where something that it needs is not here. */
const measure: Readonly<Record<Part, (workshop: Workshop, options: Options) => Promise<Measured | null>>> = {
  start: async (workshop) => one(await measureStart(workshop)),
  nudge: async (workshop) => one(await measureNudge(workshop)),
  sync: async (workshop) => one(await measureSync(workshop)),
  parser: async () => ({ tables: [await measureParser()], targets: [] }),
  sizes: async (workshop, options) => {
    const results = await measureSizes(workshop, options);
    if (results.length === 0) return null;
    return { tables: [timeTable(results), memoryTable(results), growthTable(results)], targets: judgeSizes(results) };
  },
  processes: (workshop) => measureProcesses(workshop),
  panes: async (workshop) => one(await measurePanes(workshop)),
  registry: async () => one(await measureRegistry()),
  heartbeat: async () => one(await measureHeartbeat()),
  fleet: (workshop) => measureFleet(workshop),
  wait: async () => one(await measureWait()),
  locks: async (workshop) => one(await measureLocks(workshop)),
  mounts: (workshop) => measureMounts(workshop),
  connections: async (workshop) => one(await measureConnections(workshop)),
  routes: async (workshop) => one(await measureRoutes(workshop)),
  sql: (workshop) => measureSql(workshop),
  bpf: (workshop) => measureIterator(workshop),
  'bpf-postgres': (workshop) => measurePostgresAlone(workshop),
};

function one(it: { readonly table: Table; readonly targets: readonly Target[] } | null): Measured | null {
  return it && { tables: [it.table], targets: it.targets };
}

async function measureSizes(workshop: Workshop, options: Options): Promise<SizeResult[]> {
  const results: SizeResult[] = [];
  for (const processes of options.sizes) {
    const sessions = options.sessionsOf(processes);
    const short = whatFallsShort(processes, sessions);
    if (short.length > 0) {
      console.log(`\n${processes} processes do not fit here, left out:\n  ${short.join('\n  ')}`);
      continue;
    }
    proc.stderr.write(`making ${processes} processes, ${sessions} of them sessions…\n`);
    results.push(await measureSize(workshop, { processes, sessions, rounds: options.rounds }));
  }
  return results;
}

async function measureSize(
  workshop: Workshop,
  { processes, sessions, rounds }: { readonly processes: number; readonly sessions: number; readonly rounds: number },
): Promise<SizeResult> {
  const population = await populate(workshop, processes, sessions);
  try {
    const scanner = await scanContenders(workshop, population);
    try {
      const contenders = [...scanner.contenders, ...listContenders(workshop, population)];
      const samples = await compare(contenders, rounds);
      warnOfWrongAnswers(samples, sessions);
      return { processes, sessions, listed: listed(), samples };
    } finally {
      await scanner.close();
    }
  } finally {
    await population.close();
  }
}

/** A contender that finds something else does other work, and its time says nothing. */
function warnOfWrongAnswers(samples: Samples, sessions: number): void {
  for (const [name, runs] of samples) {
    const wrong = runs.find(({ found }) => found !== null && found !== sessions);
    if (wrong) console.log(`${name} found ${wrong.found} sessions where ${sessions} are`);
  }
}

async function printCalls(workshop: Workshop, options: Options): Promise<void> {
  const processes = options.sizes[0] ?? 100;
  const population = await populate(workshop, processes, options.sessionsOf(processes));
  try {
    console.log(toPlain(await compareCalls(workshop, population)));
  } finally {
    await population.close();
  }
}

function machine(): string {
  const cpus = os.cpus();
  const load = os.loadavg()[0]?.toFixed(1);
  return `Node ${proc.version}, Linux ${os.release()}, ${cpus.length} × ${cpus[0]?.model ?? '?'}, load ${load}`;
}

await main();
