// Hot path: who holds 10,000 sockets of 1,000 processes, and those of one session, beside ss(8).
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import proc from 'node:process';
import { AskedChild } from './harness/asked-child.ts';
import { whatFallsShort } from './harness/limits.ts';
import { type Contender, compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { type Population, populate } from './harness/population.ts';
import { atLeast, atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianMs, peakBytes, ratio } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const PROCESSES = 1000;
const SESSIONS = 20;
const SOCKETS_EACH = 10;
const SOCKETS = PROCESSES * SOCKETS_EACH;
const ROUNDS = 15;
const WARM_UP = 5;

const SS = 'ss -tunap';
const SS_INFO = 'ss -tunapi';
const ALL = 'connections, the columns of the table';
const ALL_COLUMNS = 'connections, all columns';
const ONE = 'of one session, the columns of the table';
const ONE_COLUMNS = 'of one session, all columns';
const COMMAND_ALL = 'plumb connections -o ndjson';
const NAME = 's0001';
const COMMAND_ONE = `plumb connections ${NAME}`;

/** Measures the connections of a large machine; null where there is no ss, and where the population does not fit. */
export async function measureConnections(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  const short = [...whatFallsShort(PROCESSES, SESSIONS), ...portsMissing()];
  if (!hasSs()) short.push('ss (iproute2) is not installed');
  if (short.length > 0) {
    console.log(`connections are not measured:\n  ${short.join('\n  ')}`);
    return null;
  }
  const population = await populate(workshop, PROCESSES, SESSIONS, SOCKETS_EACH);
  try {
    const reader = new Reader(workshop, population);
    try {
      for (let round = 0; round < WARM_UP; round++) {
        for (const question of ['shown', 'all', `shown ${NAME}`, `all ${NAME}`]) await reader.ask(question);
      }
      const commands = commandsOf(workshop, population);
      const samples = await compare([...contenders(workshop, reader), ...commands], ROUNDS);
      return results(samples, reader.lookMs);
    } finally {
      await reader.close();
    }
  } finally {
    await population.close();
  }
}

function contenders(workshop: Workshop, reader: Reader): Contender[] {
  const of = (name: string, question: string, sockets: number): Contender => ({
    name,
    run: async () => {
      const sample = await reader.ask(question);
      if (sample.found !== sockets) throw new Error(`${name} found ${sample.found} sockets where ${sockets} are`);
      return sample;
    },
  });
  const bare = (command: string): Contender => ({ name: command, run: () => meter(workshop, command.split(' ')) });
  return [
    bare(SS),
    of(ALL, 'shown', SOCKETS),
    bare(SS_INFO),
    of(ALL_COLUMNS, 'all', SOCKETS),
    of(ONE, `shown ${NAME}`, SOCKETS / SESSIONS),
    of(ONE_COLUMNS, `all ${NAME}`, SOCKETS / SESSIONS),
  ];
}

/** With their start, where they have been built. */
function commandsOf(workshop: Workshop, { homes }: Population): Contender[] {
  const { plumb } = workshop;
  if (plumb === null) return [];
  const flags = ['--home', `${homes}/*`, '--command', COMMAND];
  return [
    { name: COMMAND_ALL, run: () => meter(workshop, [proc.execPath, plumb, 'connections', '-o', 'ndjson', ...flags]) },
    { name: COMMAND_ONE, run: () => meter(workshop, [proc.execPath, plumb, 'connections', NAME, ...flags]) },
  ];
}

function results(samples: Samples, lookMs: readonly number[]): { table: Table; targets: Target[] } {
  const names = [SS, SS_INFO, ALL, ALL_COLUMNS, ONE, ONE_COLUMNS, COMMAND_ALL, COMMAND_ONE];
  const peak = samples.has(COMMAND_ALL) ? peakBytes(samples, COMMAND_ALL) / 1e6 : Number.NaN;
  const sortedMs = [...lookMs].sort((a, b) => a - b);
  return {
    table: {
      title: `Connections: ${SOCKETS} TCP sockets of ${PROCESSES} processes in ${SESSIONS} sessions' trees`,
      head: ['', 'ms', 'times as fast as ss -tunap', 'as ss -tunapi', 'peak MB'],
      rows: names
        .filter((name) => samples.has(name))
        .map((name) => [
          name,
          digits(medianMs(samples, name)),
          digits(ratio(samples, SS, name)),
          digits(ratio(samples, SS_INFO, name)),
          digits(peakBytes(samples, name) / 1e6),
        ]),
      note: [
        `Medians of ${ROUNDS} rounds; the columns within one warm process, with the look at the sessions`,
        `(${digits(sortedMs[sortedMs.length >> 1] ?? Number.NaN)} ms of each), the commands and ss with their start.`,
        'With all columns everybody who shares a socket is looked for, and its tcp_info is read.',
      ].join(' '),
    },
    targets: [
      atLeast('connections: faster than ss -tunap', 1.5, ratio(samples, SS, ALL), 'times'),
      atLeast('connections of one session: faster than ss -tunap', 5, ratio(samples, SS, ONE), 'times'),
      atMost('plumb connections: peak memory', 150, peak, 'MB'),
    ],
  };
}

/** Every process listens on two ports, and connects from as many as it has pairs. */
function portsMissing(): string[] {
  const [first = 0, last = 0] = fs
    .readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .split('\t')
    .map(Number);
  const needed = PROCESSES * (2 + (SOCKETS_EACH - 2) / 2);
  return last - first > 2 * needed
    ? []
    : [`net.ipv4.ip_local_port_range: ${last - first} ports, twice ${needed} wanted`];
}

function hasSs(): boolean {
  try {
    execFileSync('ss', ['-V']);
    return true;
  } catch {
    return false;
  }
}

/** A process that is kept, and reads what it is asked for. */
class Reader {
  /** How much of each reading was the look at the sessions. */
  readonly lookMs: number[] = [];
  readonly #child: AskedChild;

  constructor({ relationChild }: Workshop, { homes }: Population) {
    this.#child = new AskedChild([proc.execPath, relationChild, 'connections', homes, COMMAND]);
  }

  /** @returns the sockets that belong to sessions as what was found */
  async ask(question: string): Promise<Sample> {
    const { lookMs, joined, ...sample } = await this.#child.ask<Reading>(question);
    this.lookMs.push(lookMs);
    return { ...sample, found: joined };
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}

type Reading = Sample & { readonly lookMs: number; readonly joined: number };
