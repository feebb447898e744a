import type { Random } from '../test/makers/random.ts';

/** What happens to one session at a time, and how often of so many: about as many start as end. */
export const SESSION_MISHAPS = {
  killed: 4,
  exited: 3,
  'left for another program': 2,
  'executed itself anew': 3,
  'respawned in its pane': 3,
  'moved to another window': 2,
  'moved to the other host': 4,
  'restarted in its pane': 4,
  'restarted in another pane': 5,
} as const;
export type SessionMishap = keyof typeof SESSION_MISHAPS;

/** What happens to much at once, and how many seconds apart on the average. */
export const GREAT_MISHAPS = {
  'tmux server killed': 40,
  'all tmux servers of a host killed': 240,
  'watcher killed': 90,
  'watcher restarted': 300,
  'database restarted': 240,
  'database crashed': 240,
} as const;
export type GreatMishap = keyof typeof GREAT_MISHAPS;

export type MishapKind = SessionMishap | GreatMishap;

/** Deals what happens next, so that everything does, in an order that nobody chose. */
export class Deck {
  readonly #random: Random;
  #cards: SessionMishap[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  next(): SessionMishap {
    if (this.#cards.length === 0) this.#cards = shuffled(allCards(), this.#random);
    return this.#cards.pop() ?? 'killed';
  }
}

/** When each great mishap happens, in ms from the start: each at least once, wherever in its share of the time. */
export function greatMishaps(lastsMs: number, random: Random): { readonly kind: GreatMishap; readonly atMs: number }[] {
  const all = Object.entries(GREAT_MISHAPS) as [GreatMishap, number][];
  return all
    .flatMap(([kind, seconds]) => {
      const times = Math.max(1, Math.round(lastsMs / 1000 / seconds));
      return Array.from({ length: times }, (_, index) => ({ kind, atMs: ((index + random.next()) / times) * lastsMs }));
    })
    .sort((a, b) => a.atMs - b.atMs);
}

function allCards(): SessionMishap[] {
  const all = Object.entries(SESSION_MISHAPS) as [SessionMishap, number][];
  return all.flatMap(([kind, times]) => Array.from({ length: times }, () => kind));
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.between(0, rest.length - 1), 1)[0] as T);
}
