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
