import type { ProcessFacts } from '../model/process.ts';

/**
 * The processes that can be sessions and did not stay what they were from one look to the next: those that came or
 * went, and those in another place, on another terminal or with another program.
 * Where there are none, every one of them was at the moment between the two looks what both have seen.
 */
export function movedBetween(
  before: ReadonlyMap<number, ProcessFacts>,
  after: ReadonlyMap<number, ProcessFacts>,
  mayBeSession: (facts: ProcessFacts) => boolean,
): number[] {
  const [old, now] = [places(before, mayBeSession), places(after, mayBeSession)];
  const moved = [...now].filter(([pid, place]) => old.get(pid) !== place).map(([pid]) => pid);
  const gone = [...old.keys()].filter((pid) => !now.has(pid));
  return [...moved, ...gone];
}

function places(looked: ReadonlyMap<number, ProcessFacts>, mayBeSession: (facts: ProcessFacts) => boolean) {
  const found = new Map<number, string>();
  for (const [pid, facts] of looked) if (mayBeSession(facts)) found.set(pid, placeOf(facts));
  return found;
}

/** Everything that decides which home it can own; the chain of directories, since a path can be another's. */
function placeOf({ stat, cwd, argv, exe }: ProcessFacts): string {
  const chain = cwd?.kind === 'value' ? cwd.value.chain.map(({ dev, ino }) => `${dev}:${ino}`) : [cwd?.kind];
  const program = [argv.kind === 'value' ? argv.value.join('\0') : argv.kind, exe.kind === 'value' && exe.value.path];
  return [stat.startTimeTicks, stat.ttyNr, stat.sid, stat.comm, ...chain, ...program].join(' ');
}

/** A process that was seen outside of all homes, and not read in full. */
interface Outside<It> {
  readonly pid: number;
  isSamePlace(other: It): boolean;
}

/** What can still be found out of such a process. */
interface Outsiders<It> {
  /** Whether its names let it be a session: of one that is gone nothing else is left. */
  readonly mayBe: (it: It) => boolean;
  /** Whether it can be one, by its arguments as well: asked now. */
  readonly isNow: (it: It) => boolean;
}

/**
 * The same of those that were outside of all homes both times: who came, went or changed, and can be a session.
 * Of one that has gone only its names are left. One that is a session by the name alone that it was called by
 * (`exec -a`), and has ended since it was seen, is not told: it was in no home when it was seen, and is in none now.
 */
export function movedOutside<It extends Outside<It>>(
  before: ReadonlyMap<number, It>,
  after: ReadonlyMap<number, It>,
  { mayBe, isNow }: Outsiders<It>,
): number[] {
  const moved: number[] = [];
  for (const [pid, it] of after) {
    const old = before.get(pid);
    if (old?.isSamePlace(it)) continue;
    if ((old && mayBe(old)) || mayBe(it) || isNow(it)) moved.push(pid);
  }
  for (const [pid, it] of before) if (!after.has(pid) && mayBe(it)) moved.push(pid);
  return moved;
}
