import type { ProcessFacts } from '../model/process.ts';

/**
 * The processes that can be sessions and did not stay what they were from one look to the next: new ones, and those
 * in another place, on another terminal or under another name.
 *
 * What an absence needs: where all but one stayed, the homes were empty when that one was read. Those that were there
 * only the first time prove nothing against it: after they had left, nobody else had come.
 */
export function movedBetween(
  before: ReadonlyMap<number, ProcessFacts>,
  after: ReadonlyMap<number, ProcessFacts>,
  mayBeSession: (facts: ProcessFacts) => boolean,
): number[] {
  const moved: number[] = [];
  for (const [pid, facts] of after) {
    if (!mayBeSession(facts)) continue;
    const old = before.get(pid);
    if (!old || place(old) !== place(facts)) moved.push(pid);
  }
  return moved;
}

/** Everything that decides which home it can own; the chain of directories, since a path can be another's. */
function place({ stat, cwd }: ProcessFacts): string {
  const chain = cwd?.kind === 'value' ? cwd.value.chain.map(({ dev, ino }) => `${dev}:${ino}`) : [cwd?.kind];
  return [stat.startTimeTicks, stat.ttyNr, stat.sid, stat.comm, ...chain].join(' ');
}
