import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { inspect } from '../../src/kernel/inspect.ts';
import { MountTables } from '../../src/kernel/mounts.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { Terminals } from '../../src/kernel/terminals.ts';
import { sameFile } from '../../src/model/process.ts';

/** What two ways of reading made of processes whose number is taken again all the time. */
export interface TornReads {
  /** Sightings of an argument and a directory together. */
  readonly naive: { readonly pairs: number; readonly mixed: number };
  readonly held: { readonly pairs: number; readonly mixed: number };
}

/** More than this is a proof; less only where the machine is slow. */
const ENOUGH_PAIRS = 20_000;
const MIXES_WANTED = 3;
const BOUND_MS = 20_000;

/** Numbers below this are not given out again once all have been used (RESERVED_PIDS): under 301 only it is left. */
const ONLY_PID = 300;

// Runs as the first process of a pid namespace: `torn-read-main DIRECTORY STORM pid_max|set_tid`.
const [directory = '', storm = '', way] = globalThis.process.argv.slice(2);
if (way === 'pid_max') fs.writeFileSync('/proc/sys/kernel/pid_max', String(ONLY_PID + 1));
const stormArguments = [directory, 'pair-_', ...(way === 'set_tid' ? [String(ONLY_PID)] : [])];
const maker = spawn(storm, stormArguments, { stdio: ['pipe', 'inherit', 'inherit'] });
const naive = { pairs: 0, mixed: 0 };
const held = { pairs: 0, mixed: 0 };
const procfs = liveProcfs();
const log = new CoverageLog();
const inspection = {
  terminals: new Terminals(procfs, log),
  mounts: new MountTables(procfs, log),
  wantsCwd: () => true,
  isHome: () => false,
  remoteHomes: false,
  readsNamespaces: false,
  wantsStdin: () => false,
  identifyPrograms: false,
};
const places = new Map(['pair-a', 'pair-b'].map((name) => [name, idOf(`${directory}/${name}`)]));
const end = performance.now() + BOUND_MS;
while ((held.pairs < ENOUGH_PAIRS || naive.mixed < MIXES_WANTED) && performance.now() < end) {
  // In turns, so that both see the same storm.
  for (let turn = 0; turn < 100; turn++) readNaively();
  for (let turn = 0; turn < 100; turn++) readHeld();
}
maker.kill('SIGKILL');
globalThis.process.stdout.write(`${JSON.stringify({ naive, held } satisfies TornReads)}\n`);

/** What a shell script does: a file, then a link, each by its path. */
function readNaively(): void {
  try {
    const argument = fs.readFileSync(`/proc/${ONLY_PID}/cmdline`, 'latin1').split('\0')[2];
    const cwd = fs.readlinkSync(`/proc/${ONLY_PID}/cwd`);
    // One that has ended has no arguments any more.
    if (argument === undefined) return;
    naive.pairs++;
    if (cwd !== `${directory}/${argument}`) naive.mixed++;
  } catch {
    // Nobody has the number just now.
  }
}

function readHeld(): void {
  const opened = procfs.open(ONLY_PID);
  if (opened.kind !== 'value') return;
  try {
    const inspected = inspect(opened.value, inspection);
    if (inspected.kind !== 'value') return;
    const { argv, cwd } = inspected.value.facts;
    const own = cwd?.kind === 'value' ? cwd.value : null;
    const argument = argv.kind === 'value' ? argv.value[2] : undefined;
    const [at] = own?.chain ?? [];
    if (!own || !at || argument === undefined) return;
    const place = places.get(argument);
    held.pairs++;
    if (!place || !sameFile(place, at) || own.path !== `${directory}/${argument}`) held.mixed++;
  } finally {
    opened.value.close();
  }
}

function idOf(path: string) {
  const { dev, ino } = fs.statSync(path, { bigint: true });
  return { dev, ino };
}
