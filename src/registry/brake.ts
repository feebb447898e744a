/** What the brake is told of one pass. */
export interface Brake<Death> {
  /** More deaths than this are held. */
  readonly limit: number;
  /** A person has said that all of them are to be written. */
  readonly force: boolean;
  /** Whether everything could be seen. */
  readonly isComplete: boolean;
  /** Whether it lives, and runs another program: a second look is no proof of that. */
  readonly hasLeft: (death: Death) => boolean;
  /** Whether an earlier look has proven the same death. */
  readonly isProven: (death: Death) => boolean;
}

const LEAST_DEATHS = 3;

/** How many deaths one pass may write by itself: half of the live rows, and at least 3. */
export function usualLimit(alive: number): number {
  return Math.max(LEAST_DEATHS, alive / 2);
}

/**
 * The brake: very many deaths at once are more likely a broken observer than a broken fleet. They are held, unless a
 * second complete look has proven each of them again. A second look proves nothing of processes that live and run no
 * command: what let all of them leave at once is still there two seconds later.
 *
 * @returns the deaths that are not to be written now
 */
export function holdDeaths<Death>(deaths: readonly Death[], brake: Brake<Death>): readonly Death[] {
  if (brake.force || deaths.length <= brake.limit) return [];
  if (!brake.isComplete) return deaths;
  return deaths.filter((death) => brake.hasLeft(death) || !brake.isProven(death));
}
