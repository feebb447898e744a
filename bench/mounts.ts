// Hot path: the mounts of one namespace, of many, and of one with a large table, beside findmnt.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseHomes } from '../src/index.ts';
import { MachineLook } from '../src/look/machine-look.ts';
import { MOUNTS } from '../src/relations/mounts.ts';
import { type Contender, compare, type Sample } from './harness/measure.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianMs, ratio } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const ROUNDS = 15;
const NAMESPACES = 20;
const MANY_MOUNTS = 1000;
const LIMIT = 3;

const WHOLE = 'plumb mounts: the look and the rows';
const ROWS = 'the rows alone, of a look that is there';
const FINDMNT = 'findmnt, as often as there are namespaces';
const COLUMNS = 'ID,PARENT,MAJ:MIN,FSROOT,TARGET,VFS-OPTIONS,OPT-FIELDS,PROPAGATION,FSTYPE,SOURCE,FS-OPTIONS';

const run = promisify(execFile);

/** Measures the relation of mounts; null where no mount namespace can be made. */
export async function measureMounts(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] } | null> {
  const directory = fs.mkdtempSync(path.join(workshop.directory, 'mounts-'));
  const inhabitants: ChildProcess[] = [];
  const live = async (script: string) => {
    const command = `${script}; echo; exec sleep 600`;
    const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', command], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    inhabitants.push(child);
    return new Promise<boolean>((resolve) => {
      child.stdout?.once('data', () => resolve(true));
      child.once('error', () => resolve(false));
      child.once('close', () => resolve(false));
    });
  };
  try {
    const results = [await measureOnce('one mount namespace', inhabitants)];
    for (let made = 1; made < NAMESPACES; made++) {
      if (await live(`mount -t tmpfs none ${directory}`)) continue;
      console.log('no mount namespace can be made: mounts are not measured');
      return null;
    }
    results.push(await measureOnce(`${NAMESPACES} mount namespaces`, inhabitants));
    if (!(await live(manyMounts(directory)))) throw new Error('the large mount table could not be made');
    results.push(await measureOnce(`one more, of ${MANY_MOUNTS} mounts`, inhabitants));
    return {
      tables: results.map(({ table }) => table),
      targets: results.map(({ target }) => target),
    };
  } finally {
    for (const child of inhabitants) child.kill('SIGKILL');
    fs.rmSync(directory, { recursive: true });
  }
}

/** All of them with one mount(8). */
function manyMounts(directory: string): string {
  const table = path.join(directory, 'fstab');
  const places = Array.from({ length: MANY_MOUNTS }, (_, index) => path.join(directory, `place${index}`));
  for (const place of places) fs.mkdirSync(place);
  fs.writeFileSync(table, places.map((place) => `${place} ${place} none bind 0 0\n`).join(''));
  return `mount -a -T ${table}`;
}

async function measureOnce(
  what: string,
  inhabitants: readonly ChildProcess[],
): Promise<{ readonly table: Table; readonly target: Target }> {
  const question = { homes: parseHomes(['/nowhere/plumbline/*']), commands: [COMMAND] };
  const ask = { sessions: null, wants: () => true, options: {} };
  const look = await MachineLook.open(question);
  const perNamespace = [[], ...inhabitants.map(({ pid }) => ['-N', String(pid)])];
  const contenders: Contender[] = [
    { name: WHOLE, run: () => timed(async () => (await MOUNTS.rows(await MachineLook.open(question), ask)).length) },
    { name: ROWS, run: () => timed(async () => (await MOUNTS.rows(look, ask)).length) },
    {
      name: FINDMNT,
      run: () =>
        timed(async () => {
          let lines = 0;
          for (const which of perNamespace) {
            const { stdout } = await run('findmnt', ['-l', '-n', '-o', COLUMNS, ...which], { maxBuffer: 2 ** 26 });
            lines += stdout.split('\n').length - 1;
          }
          return lines;
        }),
    },
  ];
  const samples = await compare(contenders, ROUNDS);
  const found = (name: string) => String(samples.get(name)?.at(-1)?.found ?? '-');
  const names = [WHOLE, ROWS, FINDMNT];
  return {
    table: {
      title: `Mounts: ${what}, ${look.stats.size} processes`,
      head: ['', 'ms', 'mounts'],
      rows: names.map((name) => [name, digits(medianMs(samples, name)), found(name)]),
      note: `Medians of ${ROUNDS} rounds, within one process; findmnt is started for each namespace, with all its columns.`,
    },
    target: atMost(`mounts: ${what}, beside findmnt`, LIMIT, ratio(samples, WHOLE, FINDMNT), 'times'),
  };
}

async function timed(work: () => Promise<number>): Promise<Sample> {
  const startedMs = performance.now();
  const found = await work();
  return { ms: performance.now() - startedMs, peakBytes: 0, found };
}
