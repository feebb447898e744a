import type { Container } from './container.ts';
import type { ProcessStat } from './process.ts';
import type { Joined } from './session-tag.ts';
import type { ByteString, Text } from './text.ts';

/** What a process has used of the processors, in clock ticks of 10 ms. */
export interface ProcessTimes {
  readonly userTicks: number;
  readonly systemTicks: number;
}

/** The kinds of namespaces, under the names of /proc/<pid>/ns. */
export const NAMESPACE_KINDS = ['mnt', 'net', 'pid', 'user', 'uts', 'ipc', 'cgroup', 'time'] as const;

/** One of them. */
export type NamespaceKind = (typeof NAMESPACE_KINDS)[number];

/**
 * What is read of one process beyond its stat line. Null is what nobody asked for, what a kernel thread or a zombie does not
 * have, and what may not be read; the latter is in the coverage.
 */
export interface ProcessDetails {
  /** The devpts instance of its controlling terminal. */
  readonly terminalDev: bigint | null;
  /** Empty where its program has overwritten it, or was started without. */
  readonly argv: readonly ByteString[] | null;
  /** As the kernel prints it: ` (deleted)` at the end may be a part of it. */
  readonly exe: ByteString | null;
  readonly cwd: ByteString | null;
  /** Whose rights it has. */
  readonly uid: number | null;
  /** In RAM. */
  readonly residentPages: number | null;
  /** Its number in its own pid namespace. */
  readonly innerPid: number | null;
  readonly cgroup: ByteString | null;
  readonly container: Container | null;
  readonly namespaces: Readonly<Partial<Record<NamespaceKind, bigint | null>>>;
}

/** A process, as the relation of processes tells it. */
export interface ProcessEntry extends Joined {
  readonly stat: ProcessStat;
  readonly bootId: string | null;
  readonly startedAt: Date | null;
  /** The name of its controlling terminal; null without one. */
  readonly terminal: string | null;
  /** Null where nobody asked. */
  readonly times: ProcessTimes | null;
  readonly rssBytes: number | null;
  readonly details: ProcessDetails;
  /** Its command line as words of a shell, without what may be a secret. */
  readonly argv: Text | null;
  /** The same with everything. */
  readonly fullArgv: Text | null;
}
