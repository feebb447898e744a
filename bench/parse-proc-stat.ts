// Hot path: the parser that sees every process. Compared with what one would write first.
import { Bench } from 'tinybench';
import { parseProcStat } from '../src/kernel/parse/proc-stat.ts';
import type { Table } from './harness/report.ts';

const REST =
  'S 23728 1000 1000 34816 1000 4194304 71 0 0 0 0 0 0 0 20 0 1 0 264113 3170304 212 18446744073709551615 4198400 ' +
  '4767565 140724478014784 0 0 0 0 0 0 1 0 0 17 1 0 0 0 0 0 4923232 4944232 21434368 140724478016411 140724478016418 ' +
  '140724478016418 140724478017519 0\n';

const USUAL = Buffer.from(`1000 (claude) ${REST}`, 'latin1');
const HOSTILE = Buffer.from(`1000 (a) R 1 1 1 34816) ${REST}`, 'latin1');

/** Measures the parser. */
export async function measureParser(): Promise<Table> {
  const bench = new Bench({ time: 300, warmupTime: 100 });
  bench
    .add('parseProcStat()', () => void parseProcStat(USUAL))
    .add('parseProcStat(), a hostile name', () => void parseProcStat(HOSTILE))
    .add('split at spaces (wrong for some names)', () => void splitAtSpaces(USUAL))
    .add('split behind the last )', () => void splitBehindName(USUAL));
  await bench.run();
  const rows = bench.tasks.map(({ name, result }) => {
    const ns = result && 'latency' in result ? result.latency.p50 * 1e6 : Number.NaN;
    return [name, ns.toFixed(0), ((ns * 10_000) / 1e6).toFixed(1)];
  });
  return {
    title: 'Parser of /proc/<pid>/stat',
    head: ['', 'ns a line', 'ms for 10,000'],
    rows,
    note: 'Medians by tinybench. The fields that plumbline needs, as numbers; the comparisons check nothing.',
  };
}

function splitAtSpaces(bytes: Buffer) {
  return pick(bytes.toString('latin1').split(' '), 2);
}

function splitBehindName(bytes: Buffer) {
  const text = bytes.toString('latin1');
  return pick(text.slice(text.lastIndexOf(')') + 2).split(' '), 0);
}

function pick(fields: readonly string[], state: number) {
  const number = (field: number) => Number(fields[state + field]);
  return {
    state: fields[state],
    ppid: number(1),
    pgid: number(2),
    sid: number(3),
    ttyNr: number(4),
    tpgid: number(5),
    flags: number(6),
    threadCount: number(17),
    startTimeTicks: BigInt(fields[state + 19] ?? 0),
  };
}
