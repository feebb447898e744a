// Measures plumbline's hot paths on populations of growing size, against what they are measured by, in one run.
import fs from 'node:fs';
import os from 'node:os';
import proc from 'node:process';
import { compareCalls } from './calls.ts';
import { whatFallsShort } from './harness/limits.ts';
import { compare, type Samples } from './harness/measure.ts';
import { type Options, readOptions, USAGE } from './harness/options.ts';
import { listed, populate } from './harness/population.ts';
import { type Table, targetTable, toMarkdown, toPlain } from './harness/report.ts';
import { openWorkshop, type Workshop } from './harness/workshop.ts';
import { listContenders } from './list.ts';
import { measureParser } from './parse-proc-stat.ts';
import { growthTable, judgeSizes, memoryTable, type SizeResult, timeTable } from './results.ts';
import { scanContenders } from './scan.ts';
import { measureStart } from './start.ts';
import { measureSync } from './sync.ts';

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
  const start = await measureStart(workshop);
  if (start) show(start.table);
  const sync = await measureSync(workshop);
  if (sync) show(sync.table);
  show(await measureParser());
  const results = await measureSizes(workshop, options);
  if (results.length > 0) {
    show(timeTable(results));
    show(memoryTable(results));
    show(growthTable(results));
  }
  show(targetTable([...judgeSizes(results), ...(start?.targets ?? []), ...(sync?.targets ?? [])]));
  if (options.markdown) fs.writeFileSync(options.markdown, [about, '', ...shown.map(toMarkdown)].join('\n'));
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
