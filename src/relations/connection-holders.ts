import type { Connection } from '../model/connection.ts';
import type { SessionTag } from '../model/session-tag.ts';
import type { SocketHolder } from '../model/socket-holder.ts';
import { toText } from '../model/text.ts';
import { type Column, nested } from './column.ts';
import type { KernelColumn } from './kernel-relation.ts';
import { COMM as PROCESS_COMM, PROCESS_KEY } from './process-columns.ts';

const FDS = '/proc/<pid>/fd';
const STAT = '/proc/<pid>/stat';

/** The process that has had it for longest. */
export const PID: KernelColumn<Connection> = {
  name: 'pid',
  type: 'integer',
  unit: null,
  doc: 'the oldest process that has it open; null where nobody has, and where nobody was seen with it',
  source: FDS,
  value: ({ holders }) => holders?.[0]?.stat.pid ?? null,
};

/** Its name. */
export const COMM: KernelColumn<Connection> = {
  name: 'comm',
  type: 'text',
  unit: null,
  doc: "that process's name",
  source: STAT,
  value: ({ holders }) => (holders?.[0] ? toText(holders[0].stat.comm) : null),
};

/** Who is at the other end. */
export const PEER_PID: KernelColumn<Connection> = {
  name: 'peer_pid',
  type: 'integer',
  unit: null,
  doc: 'of Unix: the oldest process that has the other end open; null where none was seen',
  source: FDS,
  value: ({ peer }) => peer?.stat.pid ?? null,
};

/** Its name. */
export const PEER_COMM: KernelColumn<Connection> = {
  name: 'peer_comm',
  type: 'text',
  unit: null,
  doc: "that process's name",
  source: STAT,
  value: ({ peer }) => peer && toText(peer.stat.comm),
};

interface Holder extends SocketHolder {
  readonly tag: SessionTag | null;
}

const HOLDER: readonly Column<Holder>[] = [
  ...PROCESS_KEY,
  PROCESS_COMM,
  { name: 'fds', type: 'words', unit: null, doc: 'its descriptors that lead to the socket', value: (it) => it.fds },
  {
    name: 'session',
    type: 'text',
    unit: null,
    doc: 'the session that it counts to; null where it counts to none',
    value: (it) => it.tag?.session.name ?? null,
  },
  {
    name: 'joined_by',
    type: 'word',
    unit: null,
    doc: 'owner, ancestry, session_id or cgroup: why it counts to it',
    value: (it) => it.tag?.by ?? null,
  },
];

/** Everybody who has it open. */
export const HOLDERS: KernelColumn<Connection> = {
  ...nested(
    {
      name: 'holders',
      type: 'list',
      unit: null,
      doc: 'every process that has it open, the oldest first; empty where nobody has; null where nobody was seen with it who should be',
    },
    HOLDER,
    ({ holders, tags }: Connection) => holders?.map((it) => ({ ...it, tag: tags.get(it.stat) ?? null })) ?? null,
  ),
  source: `${FDS}, ${STAT}`,
};
