// What the measured times mean: tables by size, growth, and the targets.
import type { Samples } from './harness/measure.ts';
import { atLeast, atMost, digits, type Table, type Target } from './harness/report.ts';
import { growthExponent, medianMs, peakBytes, ratio } from './harness/stats.ts';
import { LIST, PS, SCRIPT } from './list.ts';
import { FLOOR_COLD, FLOOR_WARM, SCAN_COLD, SCAN_WARM } from './scan.ts';

/** One population, and what everything cost on it. */
export interface SizeResult {
  readonly processes: number;
  readonly sessions: number;
  /** All processes of the machine, those of others too: a scan sees them all. */
  readonly listed: number;
  readonly samples: Samples;
}

/** The size that the targets speak of. */
const FULL_SIZE = 10_000;

/** Below this the fixed cost of a look hides how it grows. */
const GROWTH_FROM = 1000;

/** What still counts as linear: kernel tables that outgrow the caches make each process somewhat dearer. */
const LINEAR = 1.1;

/** Median times. */
export function timeTable(results: readonly SizeResult[]): Table {
  return bySize('Time, ms (median)', results, ({ samples }, name) => digits(medianMs(samples, name)));
}

/** Peak memory: the most of any run. */
export function memoryTable(results: readonly SizeResult[]): Table {
  return bySize('Peak memory, MB', results, ({ samples }, name) => digits(peakBytes(samples, name) / 1e6));
}

/** What one more process costs, and the exponent of the growth. */
export function growthTable(results: readonly SizeResult[]): Table {
  const large = results.filter(({ processes }) => processes >= GROWTH_FROM);
  const rows = namesOf(results).map((name) => {
    const each = results.map(({ samples, listed }) => digits((medianMs(samples, name) * 1000) / listed));
    return [name, ...each, large.length > 1 ? exponentOf(large, name).toFixed(2) : '-'];
  });
  return {
    title: 'Growth: µs for each process of the machine, and the exponent',
    head: ['', ...results.map(({ processes }) => String(processes)), 'exponent'],
    rows,
    note: `The exponent is fitted from ${GROWTH_FROM} processes on: 1 is linear.`,
  };
}

/** The targets of the project, by what was measured at the full size. */
export function judgeSizes(results: readonly SizeResult[]): Target[] {
  const full = results.find(({ processes }) => processes === FULL_SIZE);
  const large = results.filter(({ processes }) => processes >= GROWTH_FROM);
  const over = (name: string, than: string) => (full ? ratio(full.samples, name, than) : Number.NaN);
  const peak = full ? peakBytes(full.samples, LIST) : Number.NaN;
  const peakScan = full ? peakBytes(full.samples, SCAN_COLD) : Number.NaN;
  const growth = (name: string) => (large.length > 1 ? exponentOf(large, name) : Number.NaN);
  return [
    atMost('scan, warm, over C', 1.6, over(SCAN_WARM, FLOOR_WARM), '×'),
    atMost('scan, cold, over C', 2.2, over(SCAN_COLD, FLOOR_COLD), '×'),
    atLeast('plumb list, faster than the shell script', 10, over(SCRIPT, LIST), '×'),
    atLeast('plumb list, faster than ps', 1.5, over(PS, LIST), '×'),
    atMost('plumb list, peak memory', 100, peak / 1e6, 'MB'),
    atMost('scan in a fresh process, peak memory', 100, peakScan / 1e6, 'MB'),
    atMost('scan, warm, growth exponent', LINEAR, growth(SCAN_WARM), ''),
    atMost('plumb list, growth exponent', LINEAR, growth(LIST), ''),
  ];
}

function exponentOf(results: readonly SizeResult[], name: string): number {
  return growthExponent(results.map(({ samples, listed }) => ({ size: listed, ms: medianMs(samples, name) })));
}

function bySize(title: string, results: readonly SizeResult[], cell: (result: SizeResult, name: string) => string) {
  const head = ['processes', ...results.map(({ processes }) => String(processes))];
  const sessions = ['of them sessions', ...results.map((result) => String(result.sessions))];
  const rows = namesOf(results).map((name) => [name, ...results.map((result) => cell(result, name))]);
  return { title, head, rows: [sessions, ...rows] };
}

function namesOf(results: readonly SizeResult[]): string[] {
  return [...(results[0]?.samples.keys() ?? [])];
}
