/** The mean of several runs, and where the true mean lies with 95 % confidence; null of a single run, which tells nothing of that. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly runs: number;
}

const CONFIDENCE = 0.95;

/**
 * Student's t over the runs: each seed's run is one value, so what happens within a run may depend on itself as it likes.
 *
 * Seconds and counts are not negative, so neither is the interval. Where all runs have the same value it has no width:
 * that is no proof that another run would not differ, see `upperShareOfNone`.
 */
export function estimate(values: readonly number[]): Estimate {
  const runs = values.length;
  if (runs === 0) throw new RangeError('no runs, no mean');
  const mean = values.reduce((sum, value) => sum + value, 0) / runs;
  if (runs === 1) return { mean, low: null, high: null, runs };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs - 1);
  const reach = tQuantile((1 + CONFIDENCE) / 2, runs - 1) * Math.sqrt(variance / runs);
  return { mean, low: Math.max(0, mean - reach), high: mean + reach, runs };
}

/** Of so many independent tries none has failed: with 95 % confidence, at most this share of them does (exactly; about 3 in n). */
export function upperShareOfNone(tries: number): number {
  if (!(tries > 0)) throw new RangeError('no tries, no share');
  return 1 - (1 - CONFIDENCE) ** (1 / tries);
}

/** The t that a share of Student's distribution does not exceed, for 0.5 ≤ share < 1. */
export function tQuantile(share: number, degrees: number): number {
  if (!(share >= 0.5 && share < 1)) throw new RangeError(`no quantile for ${share}`);
  let [low, high] = [0, 1];
  while (tDistribution(high, degrees) < share) high *= 2;
  // Halved until the two are neighbours.
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (tDistribution(middle, degrees) < share) low = middle;
    else high = middle;
  }
}

/** The share of Student's distribution below t: the finite sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function tDistribution(t: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new RangeError(`no distribution with ${degrees} degrees of freedom`);
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let power = odd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= ((power - 1) / power) * cosine ** 2;
    sum += term;
  }
  const within = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + within) / 2;
}
