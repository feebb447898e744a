import type { LockFact } from '../model/lock.ts';
import type { WaitCycle } from '../model/lock-entry.ts';
import { inTheWayOf, nearestInFront } from './blockers.ts';

/** Who waits for whom: processes by their pids. */
type Waits = ReadonlyMap<number, ReadonlySet<number>>;

/** One that waits, and the nearest that it is known to stand behind. */
interface Wait {
  readonly fact: LockFact;
  readonly front: LockFact;
}

/**
 * Finds locks that wait for each other in a circle. The kernel refuses the last one of such a circle only where all of
 * them are of fcntl(2)'s old kind (EDEADLK). What waited is looked at only if it still did when everything had been read,
 * or two moments could be put together to a circle that never was; and only if it is known who waits.
 *
 * @returns the circle of each lock and waiter that is in one
 */
export function waitCycles(facts: readonly LockFact[]): Map<LockFact, WaitCycle> {
  const waiting = facts.flatMap((fact): Wait[] => {
    const front = nearestInFront(fact);
    return front !== null && fact.isSteady && fact.seen !== 'among' ? [{ fact, front }] : [];
  });
  const waits = waitsAmong(waiting);
  const stuck = stuckProcesses(waiting);
  const cycles = new Map<LockFact, WaitCycle>();
  let number = 0;
  for (const circle of circlesIn(waits)) {
    number++;
    const deadlock = [...circle].every((pid) => stuck.has(pid)) ? 'certain' : 'possible';
    const isIn = ({ parties }: LockFact) => parties.some(({ stat }) => circle.has(stat.pid));
    for (const { fact, front } of waiting) {
      if (!isIn(fact) || !isIn(front)) continue;
      for (const it of [front, fact]) if (!cycles.has(it)) cycles.set(it, { number, deadlock });
    }
  }
  return cycles;
}

function waitsAmong(waiting: readonly Wait[]): Waits {
  const waits = new Map<number, Set<number>>();
  for (const { fact, front } of waiting) {
    for (const party of fact.parties) {
      const known = waits.get(party.stat.pid) ?? new Set();
      for (const other of inTheWayOf(party, fact, front)) known.add(other.stat.pid);
      waits.set(party.stat.pid, known);
    }
  }
  return waits;
}

/**
 * The processes none of whose threads can let go of anything: each waits, and for a lock that only such processes have.
 * A lock of an open file that is shared is let go of by any of its holders, so all of them have to be stuck.
 */
function stuckProcesses(waiting: readonly Wait[]): ReadonlySet<number> {
  const byPid = new Map<number, Wait[]>();
  for (const it of waiting) {
    if (it.fact.seen !== 'all') continue;
    for (const { stat } of it.fact.parties) byPid.set(stat.pid, [...(byPid.get(stat.pid) ?? []), it]);
  }
  const stuck = new Set<number>();
  for (const [pid, waits] of byPid) {
    const threads = waits[0]?.fact.parties.find(({ stat }) => stat.pid === pid)?.stat.threadCount ?? 0;
    if (waits.length >= threads) stuck.add(pid);
  }
  const canLetGo = ({ front }: Wait) => {
    return front.seen !== 'all' || front.parties.some(({ stat }) => !stuck.has(stat.pid));
  };
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const [pid, waits] of byPid) if (waits.some(canLetGo)) stuck.delete(pid);
  }
  return stuck;
}

/** The sets of processes each of which waits, by way of others, for itself (Tarjan's strongly connected components). */
function circlesIn(waits: Waits): ReadonlySet<number>[] {
  const circles: Set<number>[] = [];
  const order = new Map<number, number>();
  const lowest = new Map<number, number>();
  const path: number[] = [];
  const onPath = new Set<number>();
  const lower = (pid: number, to: number) => lowest.set(pid, Math.min(lowest.get(pid) ?? to, to));
  for (const root of waits.keys()) {
    if (order.has(root)) continue;
    const stack = [{ pid: root, next: [...(waits.get(root) ?? [])] }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as (typeof stack)[0];
      const { pid } = frame;
      if (!order.has(pid)) {
        order.set(pid, order.size);
        lower(pid, order.get(pid) ?? 0);
        path.push(pid);
        onPath.add(pid);
      }
      const other = frame.next.pop();
      if (other === undefined) {
        stack.pop();
        const above = stack.at(-1);
        if (above) lower(above.pid, lowest.get(pid) ?? 0);
        if (lowest.get(pid) === order.get(pid)) closeCircle(pid);
      } else if (!order.has(other)) {
        stack.push({ pid: other, next: [...(waits.get(other) ?? [])] });
      } else if (onPath.has(other)) {
        lower(pid, order.get(other) ?? 0);
      }
    }
  }
  return circles;

  function closeCircle(pid: number): void {
    const circle = new Set(path.splice(path.lastIndexOf(pid)));
    for (const it of circle) onPath.delete(it);
    if (circle.size > 1 || waits.get(pid)?.has(pid)) circles.push(circle);
  }
}
