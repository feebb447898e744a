import { liveMachine, type Machine } from '../../src/kernel/machine.ts';
import type { Procfs } from '../../src/kernel/procfs.ts';

/** This machine, where some questions to /proc are answered otherwise, or something happens before they are. */
export function changedMachine(change: (procfs: Procfs) => Partial<Procfs>): Machine {
  const machine = liveMachine();
  const { procfs } = machine;
  const same: Procfs = {
    selfPid: procfs.selfPid,
    root: null,
    list: () => procfs.list(),
    read: (name) => procfs.read(name),
    readlink: (name) => procfs.readlink(name),
    readStat: (pid) => procfs.readStat(pid),
    links: (pid, directory, prefix) => procfs.links(pid, directory, prefix),
    open: (pid) => procfs.open(pid),
    bracket: (pid, read) => procfs.bracket(pid, read),
    exists: (pid) => procfs.exists(pid),
  };
  return { ...machine, procfs: { ...same, ...change(procfs) } };
}

/** Waits without giving way, so that nothing else of this program happens in between. */
export function untilAtOnce(isTrue: () => boolean): void {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    try {
      if (isTrue()) return;
    } catch {
      // Not there yet.
    }
  }
  throw new Error('it did not become true in 10 s');
}
