import { readLockEntries } from '../look/locks.ts';
import { deviceWord } from '../model/device.ts';
import type { LockKind, LockParty } from '../model/lock.ts';
import type { JoinedParty, LockEntry } from '../model/lock-entry.ts';
import { toText } from '../model/text.ts';
import { type Column, nested } from './column.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { COMM, PROCESS_KEY } from './process-columns.ts';
import { ALL_SESSIONS, SESSION } from './session-columns.ts';

const TABLE = '/proc/locks';
const OPEN_FILES = '/proc/<pid>/fdinfo/<fd>, lines lock';
const BOTH = `${TABLE}; ${OPEN_FILES}`;

const KINDS: Readonly<Record<LockKind, string>> = {
  POSIX: 'posix',
  OFDLCK: 'ofd',
  ACCESS: 'access',
  FLOCK: 'flock',
  LEASE: 'lease',
  DELEG: 'delegation',
  UNKNOWN: 'unknown',
};

const MODES: Readonly<Record<string, string>> = {
  READ: 'read',
  WRITE: 'write',
  UNLCK: 'none',
  NONE: 'none',
  RW: 'both',
};

const PROCESS: readonly Column<LockParty>[] = [...PROCESS_KEY, COMM];

const HOLDER: readonly Column<JoinedParty>[] = [
  ...PROCESS,
  {
    name: 'fd',
    type: 'integer',
    unit: null,
    doc: 'the descriptor that the lock goes with; null where it goes with none, and where that was not seen',
    value: (it) => it.fd,
  },
  {
    name: 'session',
    type: 'text',
    unit: null,
    doc: 'the session that it counts to; null for none',
    value: (it) => it.tag?.session.name ?? null,
  },
];

/** The one that a row names first: who made the lock, where it still has it. */
function first({ parties, fact }: LockEntry): JoinedParty | null {
  return parties.find(({ stat }) => stat.pid === fact.lock.pid) ?? parties[0] ?? null;
}

function device({ fact }: LockEntry): string | null {
  const dev = (fact.lock.file ?? fact.behind?.lock.file)?.dev;
  return dev === undefined ? null : deviceWord(dev);
}

const WHAT: readonly KernelColumn<LockEntry>[] = [
  {
    name: 'id',
    type: 'integer',
    unit: null,
    doc: 'its number in this answer, from 1',
    source: TABLE,
    value: (it) => it.id,
  },
  {
    name: 'kind',
    type: 'word',
    unit: null,
    doc: 'flock (flock(2)), posix (fcntl(2), of one process), ofd (fcntl(2), of an open file), lease, delegation, or access',
    source: TABLE,
    value: (it) => KINDS[it.fact.lock.kind],
  },
  {
    name: 'mode',
    type: 'word',
    unit: null,
    doc: 'read (shared with other readers), write, none or both; of a lease that is being broken what it has to become',
    source: TABLE,
    value: (it) => MODES[it.fact.lock.mode] ?? it.fact.lock.mode,
  },
  {
    name: 'status',
    type: 'word',
    unit: null,
    doc: 'held; waiting; breaking: a lease whose holder has been told to let go',
    source: TABLE,
    value: ({ fact }) =>
      fact.behind !== null || fact.lock.waits ? 'waiting' : fact.lock.status === 'BREAKING' ? 'breaking' : 'held',
  },
  {
    name: 'start_byte',
    type: 'u64',
    unit: 'bytes',
    doc: 'the first byte that is locked',
    source: TABLE,
    value: (it) => it.fact.lock.startByte,
  },
  {
    name: 'end_byte',
    type: 'u64',
    unit: 'bytes',
    doc: 'the last one; null for the end of the file, however far that moves',
    source: TABLE,
    value: (it) => it.fact.lock.endByte,
  },
  {
    name: 'path',
    type: 'text',
    unit: null,
    doc: 'the file, as the descriptor of a holder names it: in another mount namespace as that has it, and with ` (deleted)` behind it where the name is gone; null where no descriptor was seen',
    source: '/proc/<pid>/fd/<fd>',
    value: ({ fact }) => (fact.path === null ? null : toText(fact.path)),
  },
  {
    name: 'device',
    type: 'word',
    unit: null,
    doc: 'the device of the file system as major:minor in decimal, as mountinfo has it: on btrfs stat(2) tells another one',
    source: TABLE,
    value: device,
  },
  {
    name: 'ino',
    type: 'u64',
    unit: null,
    doc: "the file's inode number there",
    source: TABLE,
    value: ({ fact }) => (fact.lock.file ?? fact.behind?.lock.file)?.ino ?? null,
  },
];

const WHO: readonly KernelColumn<LockEntry>[] = [
  {
    name: 'pid',
    type: 'integer',
    unit: null,
    doc: 'who has it, or waits: the maker where that still has it, else the first of the holders; null where nobody was seen with it',
    source: BOTH,
    value: (it) => first(it)?.stat.pid ?? null,
  },
  {
    name: 'comm',
    type: 'text',
    unit: null,
    doc: 'the name of that process',
    source: '/proc/<pid>/stat',
    value: (it) => {
      const party = first(it);
      return party && toText(party.stat.comm);
    },
  },
  {
    name: 'caller_pid',
    type: 'integer',
    unit: null,
    doc: 'of a flock or a lease: the number of who made it, which may have ended, while others hold on, and be another’s by now; null else',
    source: TABLE,
    value: ({ fact: { lock } }) =>
      lock.kind === 'FLOCK' || lock.kind === 'LEASE' || lock.kind === 'DELEG' ? lock.pid : null,
  },
  {
    ...nested(
      {
        name: 'holders',
        type: 'list',
        unit: null,
        doc: 'every process that has it, by sharing the open file or as its maker; of a waiter who waits; null where nobody was seen with it, which is not nobody',
      },
      HOLDER,
      (it: LockEntry) => (it.fact.seen === 'none' ? null : it.parties),
    ),
    source: BOTH,
  },
  {
    name: 'holders_seen',
    type: 'word',
    unit: null,
    doc: 'all: these and nobody else; part: there may be more, since some processes may not be looked into, or it was seen with its maker alone; alike: they have this one and others that the kernel tells in the same words; among: one of these waits for it, and the others for other locks of the file; none: nobody was seen with it',
    source: BOTH,
    value: (it) => it.fact.seen,
  },
];

const WAITING: readonly KernelColumn<LockEntry>[] = [
  {
    name: 'waits_for',
    type: 'integer',
    unit: null,
    doc: 'the id of the row that it stands behind: the lock, or another that waits for it; null for one that is held',
    source: TABLE,
    value: (it) => it.waitsFor,
  },
  {
    ...nested(
      {
        name: 'blockers',
        type: 'list',
        unit: null,
        doc: 'of a waiter: the processes in front of it, as far as they are known, up to those that have the lock',
      },
      PROCESS,
      (it: LockEntry) => it.blockers,
    ),
    source: BOTH,
  },
  {
    name: 'blocked',
    type: 'integer',
    unit: null,
    doc: 'how many wait behind it',
    source: TABLE,
    value: (it) => it.blocked,
  },
  {
    name: 'cycle',
    type: 'integer',
    unit: null,
    doc: 'the number of the circle of waits that it is in; null where it is in none',
    source: BOTH,
    value: (it) => it.cycle?.number ?? null,
  },
  {
    name: 'deadlock',
    type: 'word',
    unit: null,
    doc: 'of one in a circle: certain: no thread in it is left that could let go, until a signal or a time limit ends a wait; possible: another thread, another holder, or somebody who was not seen may let go, or the kernel takes a lease back',
    source: BOTH,
    value: (it) => it.cycle?.deadlock ?? null,
  },
];

/** Every file lock, and who waits for one. */
export const LOCKS = kernelRelation<LockEntry>({
  name: 'locks',
  row: 'a lock or a waiter',
  summary: 'file locks: who has them, who waits for whom, and which sessions that are',
  doc: `One row a lock, and one a waiter below it. The kernel's table says who made a lock; a flock, a lease or an ofd lock is every process's that shares the open file, whether its maker lives or not, so the holders are found among the open files of all processes. A lock whose open file is on its way through a socket has no holder to be seen, and a thread with descriptors of its own is looked for only where nobody else is found.`,
  needs: 'nothing for the table; root, or the same user, for who shares an open file and for its name',
  shown: ['kind', 'mode', 'status', 'pid', 'comm', 'session', 'waits_for', 'path'],
  columns: [...WHAT, ...WHO, ...WAITING, SESSION, ALL_SESSIONS],
  options: [
    {
      flags: '--deadlocks',
      doc: 'only those that wait for each other, circle by circle; exit code 1 where there are any, 0 where there are none, 3 where some could not be seen',
      isCheck: true,
    },
  ],
  rows: readLockEntries,
});
