import type { Procfs } from '../../src/kernel/procfs.ts';
import type { Outcome } from '../../src/model/outcome.ts';

/** A machine whose table of locks is another one each time, the last one from then on. */
export function withTables(procfs: Procfs, tables: readonly string[]): Procfs {
  let reading = 0;
  const read = (name: string, firstBytes?: number): Outcome<Uint8Array> => {
    if (name !== 'locks') return procfs.read(name, firstBytes);
    return { kind: 'value', value: Buffer.from(tables[Math.min(reading++, tables.length - 1)] ?? '', 'latin1') };
  };
  return {
    selfPid: procfs.selfPid,
    root: procfs.root,
    read,
    list: () => procfs.list(),
    readlink: (name) => procfs.readlink(name),
    readStat: (pid) => procfs.readStat(pid),
    links: (pid, directory, prefix) => procfs.links(pid, directory, prefix),
    bracket: (pid, of) => procfs.bracket(pid, of),
    open: (pid) => procfs.open(pid),
    exists: (pid) => procfs.exists(pid),
  };
}
