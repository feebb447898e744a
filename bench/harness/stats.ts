import type { Samples } from './measure.ts';

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The value that a share of all values does not exceed: 0.99 for the 99th percentile; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The median time of a contender in milliseconds; NaN where it did not run. */
export function medianMs(samples: Samples, name: string): number {
  return median((samples.get(name) ?? []).map(({ ms }) => ms));
}

/** The median of the processor's time; NaN where it is not known. */
export function medianCpuMs(samples: Samples, name: string): number {
  return median((samples.get(name) ?? []).map(({ cpuMs = Number.NaN }) => cpuMs));
}

/** The most memory that any run of a contender took. */
export function peakBytes(samples: Samples, name: string): number {
  return Math.max(...(samples.get(name) ?? []).map((sample) => sample.peakBytes));
}

/** How much longer `name` takes than `than`: the median of the ratios within each round. */
export function ratio(samples: Samples, name: string, than: string): number {
  const others = samples.get(than) ?? [];
  const pairs = (samples.get(name) ?? []).slice(0, others.length);
  return median(pairs.map(({ ms }, round) => ms / (others[round]?.ms ?? Number.NaN)));
}

/** The exponent of the growth between sizes: 1 is linear, 2 quadratic (least squares on logarithms). */
export function growthExponent(points: readonly { readonly size: number; readonly ms: number }[]): number {
  const logs = points.map(({ size, ms }) => ({ x: Math.log(size), y: Math.log(ms) }));
  const meanX = logs.reduce((sum, { x }) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, { y }) => sum + y, 0) / logs.length;
  const above = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const below = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return above / below;
}
