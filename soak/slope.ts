import { tQuantile } from '../bet/statistics.ts';

/** A value at a time, of one life of a process. */
export interface Sample {
  readonly atMs: number;
  readonly life: number;
  readonly value: number;
}

/** How a value grows an hour, and where that lies with 95 % confidence. */
export interface Slope {
  readonly mean: number;
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  /** How many means it was fitted to. */
  readonly bins: number;
}

/** Samples that are so close together are one mean: garbage collection goes up and down within. */
const BIN_MS = 15_000;
/** Node's heap is as large as it stays after its first great collection: so long it grows, whatever runs in it. */
const YOUNG_MS = 300_000;
const HOUR_MS = 3_600_000;

/**
 * Fits one slope to all lives of a process, each with a level of its own, by least squares over the means of 15 s.
 * @param sinceMs only what was later is fitted
 * @returns null where there is too little to say something
 */
export function slopeOf(samples: readonly Sample[], sinceMs = Number.NEGATIVE_INFINITY): Slope | null {
  const points = binned(samples, sinceMs);
  const lives = new Set(points.map(({ life }) => life));
  const degrees = points.length - lives.size - 1;
  if (degrees < 3) return null;
  const centred = [...lives].flatMap((life) => {
    const own = points.filter((it) => it.life === life);
    const [time, value] = [meanOf(own.map(({ atMs }) => atMs)), meanOf(own.map((it) => it.value))];
    return own.map((it) => ({ x: it.atMs - time, y: it.value - value }));
  });
  const squares = sumOf(centred.map(({ x }) => x * x));
  const slope = sumOf(centred.map(({ x, y }) => x * y)) / squares;
  const rest = sumOf(centred.map(({ x, y }) => (y - slope * x) ** 2));
  const reach = tQuantile(0.975, degrees) * Math.sqrt(rest / degrees / squares);
  const mean = meanOf(points.map(({ value }) => value));
  const perHour = (it: number) => it * HOUR_MS;
  return {
    mean,
    perHour: perHour(slope),
    low: perHour(slope - reach),
    high: perHour(slope + reach),
    bins: points.length,
  };
}

function binned(samples: readonly Sample[], sinceMs: number): Sample[] {
  const bornMs = new Map<number, number>();
  const bins = new Map<string, Sample[]>();
  for (const sample of samples) {
    const born = bornMs.get(sample.life) ?? sample.atMs;
    bornMs.set(sample.life, born);
    if (sample.atMs - born < YOUNG_MS || sample.atMs < sinceMs) continue;
    const key = `${sample.life} ${Math.floor(sample.atMs / BIN_MS)}`;
    bins.set(key, [...(bins.get(key) ?? []), sample]);
  }
  return [...bins.values()].map((bin) => ({
    atMs: meanOf(bin.map(({ atMs }) => atMs)),
    life: bin[0]?.life ?? 0,
    value: meanOf(bin.map(({ value }) => value)),
  }));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanOf(values: readonly number[]): number {
  return sumOf(values) / values.length;
}
