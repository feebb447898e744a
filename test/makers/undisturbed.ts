import type { CoverageCode } from '../../src/model/coverage.ts';
import { waitFor } from './wait-for.ts';

/** A look, as far as it says how complete it was. */
interface Covered {
  readonly coverage: { readonly reasons: readonly { readonly code: string }[] };
}

/**
 * Looks again where a look says itself that too much happened meanwhile: test files run at the same time, and some
 * make storms of processes. Any other answer is the answer.
 */
export async function undisturbed<T extends Covered>(storms: readonly CoverageCode[], look: () => Promise<T>) {
  const isStorm = ({ code }: { readonly code: string }) => storms.some((storm) => storm === code);
  return waitFor('a look without a storm', async () => {
    const seen = await look();
    return !seen.coverage.reasons.some(isStorm) && seen;
  });
}
