import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { PaneServer } from '../model/pane.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { heldMasters } from './held-masters.ts';
import { type Listening, listeningPaths } from './listeners.ts';
import { parseNamespacePids, parseRealIds } from './parse/proc-status.ts';
import { splitTtyNr } from './parse/tty-nr.ts';
import { readHeldStat, readStat } from './process-stat.ts';
import { type Procfs, withProcess } from './procfs.ts';
import { isOurRoot } from './roots.ts';

/** A process that listens on unix sockets, with all that is needed to be its client; which socket is not decided. */
export interface ServerProcess extends Omit<PaneServer, 'socket'> {
  readonly comm: ByteString;
  readonly sockets: Listening;
}

/**
 * What is known of a process that may be a multiplexer's server.
 *
 * Source: /proc/<pid>/stat, status, fd, net/unix, root
 * Needs:  same uid or CAP_SYS_PTRACE to tell its sockets; otherwise those are denied
 */
export function readServer(procfs: Procfs, pid: number): Outcome<ServerProcess> {
  return withProcess(procfs, pid, (held) => {
    const stat = readHeldStat(held);
    if (stat.kind !== 'value') return stat;
    const status = held.read('status');
    const ids = parseOutcome(status, parseRealIds);
    if (ids.kind !== 'value') return ids;
    const pids = parseOutcome(status, parseNamespacePids);
    const sockets = listeningPaths(held, pid, isOurRoot(procfs, held));
    if (sockets.kind !== 'value') return sockets;
    return value({
      pid,
      startTimeTicks: stat.value.startTimeTicks,
      innerPid: valueOrNull(pids)?.at(-1) ?? pid,
      ...ids.value,
      program: `/proc/${pid}/exe`,
      comm: stat.value.comm,
      sockets: sockets.value,
    });
  });
}

/** The terminals of a server, by N of their pts/N. */
export interface ServerTerminals {
  /** Those whose masters it holds; where its descriptors may not be read, those of its children. */
  readonly indexes: readonly number[];
  /** Its children that lead a session on a terminal. */
  readonly children: readonly { readonly pid: number; readonly ttyIndex: number }[];
}

/**
 * The terminals that a process has opened and started programs on.
 *
 * Source: /proc/<pid>/fd, fdinfo; /proc/<pid>/stat fields 4, 6 and 7
 * Needs:  same uid or CAP_SYS_PTRACE for its descriptors; otherwise its children have to do
 */
export function terminalsOf(procfs: Procfs, server: number): ServerTerminals {
  const pids = valueOrNull(procfs.list())?.pids ?? [];
  const children = pids.flatMap((pid) => {
    const stat = valueOrNull(readStat(procfs, pid));
    if (stat === null || stat.ppid !== server || stat.sid !== pid) return [];
    const { index } = splitTtyNr(stat.ttyNr);
    return index === null ? [] : [{ pid, ttyIndex: index }];
  });
  const held = withProcess(procfs, server, heldMasters);
  const indexes = held.kind === 'value' ? [...held.value.keys()] : children.map(({ ttyIndex }) => ttyIndex);
  return { indexes: [...new Set(indexes)].sort((a, b) => a - b), children };
}
