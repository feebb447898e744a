/** How careful one pass is with deaths. */
export interface DeathOptions<Death> {
  /** More deaths than this in one pass are held. Default: half of the live rows of this boot, and at least 3. */
  readonly maxDeaths?: number | null;
  /** Write deaths however many they are. */
  readonly force?: boolean;
  /** The deaths that an earlier look has proven as well: with complete coverage they are no longer held. */
  readonly provenBefore?: readonly Death[];
}

/** What the brake is told of one pass. */
interface Pass<Death> {
  /** How many rows of this boot say that their session lives. */
  readonly alive: number;
  /** Whether everything could be seen that a row may name. */
  readonly seesAll: boolean;
  /** Whether it lives, and runs another program: a second look is no proof of that. */
  readonly hasLeft: (death: Death) => boolean;
  /** Whether two looks mean the same death. */
  readonly isSame: (a: Death, b: Death) => boolean;
}

const LEAST_DEATHS = 3;

/**
 * The brake: very many deaths at once are more likely a broken observer than a broken fleet. They are held, unless a
 * second complete look has proven each of them again. A second look proves nothing of processes that live and run no
 * command: what let all of them leave at once is still there two seconds later.
 *
 * @returns the deaths that are not to be written now
 */
export function holdDeaths<Death>(
  deaths: readonly Death[],
  { alive, seesAll, hasLeft, isSame }: Pass<Death>,
  { maxDeaths, force = false, provenBefore = [] }: DeathOptions<Death>,
): readonly Death[] {
  const limit = maxDeaths ?? Math.max(LEAST_DEATHS, alive / 2);
  if (force || deaths.length <= limit) return [];
  if (!seesAll) return deaths;
  return deaths.filter((death) => hasLeft(death) || !provenBefore.some((it) => isSame(it, death)));
}
