import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { PaneServer } from '../model/pane.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { type Listening, listeningPaths } from './listeners.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { parseEffectiveIds, parseNamespacePids } from './parse/proc-status.ts';
import { splitTtyNr } from './parse/tty-nr.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';

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
    const stat = parseOutcome(held.read('stat'), parseProcStat);
    if (stat.kind !== 'value') return stat;
    const ids = parseOutcome(held.read('status'), parseEffectiveIds);
    if (ids.kind !== 'value') return ids;
    const pids = parseOutcome(held.read('status'), parseNamespacePids);
    const sockets = listeningPaths(held, pid, hasOurRoot(procfs, held));
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

/** A process on a terminal, as its parent has started it. */
export interface TerminalChild {
  readonly pid: number;
  /** N of its pts/N. */
  readonly ttyIndex: number;
  /** Its environment when its program was started, entries parted by NUL; null where it may not be read. */
  readonly environment: ByteString | null;
}

/**
 * The children of a process that lead a session on a pseudo-terminal of their own.
 *
 * Source: /proc/<pid>/stat fields 4, 6 and 7; environ, proc_pid_environ(5)
 * Needs:  same uid or CAP_SYS_PTRACE for the environment; otherwise it is null
 */
export function terminalChildren(procfs: Procfs, parent: number): TerminalChild[] {
  const pids = valueOrNull(procfs.list())?.pids ?? [];
  return pids.flatMap((pid) => {
    const stat = valueOrNull(parseOutcome(procfs.readStat(pid), parseProcStat));
    if (stat === null || stat.ppid !== parent || stat.sid !== pid) return [];
    const { index } = splitTtyNr(stat.ttyNr);
    if (index === null) return [];
    const environ = withProcess(procfs, pid, (held) => held.read('environ'));
    const environment = environ.kind === 'value' ? Buffer.from(environ.value).toString('latin1') : null;
    return [{ pid, ttyIndex: index, environment }];
  });
}

function hasOurRoot(procfs: Procfs, held: HeldProcess): boolean {
  const theirs = held.readlink('ns/mnt');
  const ours = procfs.readlink('self/ns/mnt');
  return theirs.kind === 'value' && ours.kind === 'value' && theirs.value === ours.value;
}
