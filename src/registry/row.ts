import type { Evidence } from '../model/evidence.ts';
import type { Incumbent } from '../model/incumbent.ts';
import type { FileId } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import { bytesOfStored } from './stored-text.ts';

/** What a row says of its session. Unknown is never stored: such a row stays as it is. */
export type RowStatus = 'alive' | 'dead' | 'ambiguous';

/** One row of plumbline.sessions: what the kernel said when it last changed. */
export interface RegistryRow {
  /** The home's name. */
  readonly name: string;
  /** The home that the process is in; null while it is outside of it. */
  readonly home: string | null;
  /** The directory that the row was written for, which keeps its number when it is renamed; null where unknown. */
  readonly homeId: FileId | null;
  /** The incarnation; all null where no single process is claimed. */
  readonly bootId: string | null;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  /** The program file; null where it could not be read. */
  readonly exe: FileId | null;
  /** `pts/3`; null while it has no controlling terminal. */
  readonly terminal: string | null;
  /** `work:1.0 %7`, `12345.work:0`; null where no multiplexer shows it, and until that is known. */
  readonly pane: string | null;
  readonly status: RowStatus;
  readonly cwd: string | null;
  readonly command: string | null;
  readonly startedAt: Date | null;
  /** The look that last changed the row. */
  readonly observedAt: Date;
  /** When the end was seen; null for a row that is not dead. */
  readonly endedAt: Date | null;
  readonly evidence: readonly Evidence[];
}

/** What is planned with: the evidence of a row is that of an earlier look, and belongs in nothing that is written now. */
export type RowFacts = Omit<RegistryRow, 'evidence'>;

/** A row as it was read, with what the database calls this version of it. */
export interface StoredRow extends RegistryRow {
  readonly version: string;
}

/** One row of plumbline.hosts: from where this host's rows were written. */
export interface HostRecord {
  readonly hostId: string;
  readonly bootId: string;
  readonly pidNamespace: bigint | null;
  readonly timeNamespace: bigint | null;
  /** The firmware's name of the machine; null where it has none, or only root may read it. */
  readonly machineUuid: string | null;
  readonly observedAt: Date;
}

/** All that a registry holds of one host. */
export interface StoredHost {
  readonly record: HostRecord | null;
  readonly rows: readonly StoredRow[];
  /**
   * Since when a watch keeps the rows, or kept them until it ended otherwise than asked; null where single syncs do.
   * Left out by a store that does not remember it.
   */
  readonly watchingSince?: Date | null;
}

/** What to ask the next look about: the processes that rows name and that may live, by the home's name. */
export function incumbentsOf({ record, rows }: StoredHost): Map<ByteString, Incumbent> {
  const { pidNamespace = null, timeNamespace = null } = record ?? {};
  const incumbents = new Map<ByteString, Incumbent>();
  for (const { name, bootId, pid, startTimeTicks, exe, homeId, observedAt, status } of rows) {
    if (status === 'dead' || bootId === null || pid === null || startTimeTicks === null) continue;
    const key = { bootId, pid, startTimeTicks, exe, homeId, observedAt, pidNamespace, timeNamespace };
    incumbents.set(bytesOfStored(name), key);
  }
  return incumbents;
}

type Incarnation = Pick<RowFacts, 'bootId' | 'pid' | 'startTimeTicks'>;

/** Whether two rows name one incarnation of a process. */
export function sameIncarnation(a: Incarnation, b: Incarnation): boolean {
  return a.pid !== null && a.pid === b.pid && a.startTimeTicks === b.startTimeTicks && a.bootId === b.bootId;
}
