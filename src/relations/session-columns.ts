import { distinctTags, type Joined, type SessionTag } from '../model/session-tag.ts';
import { type Column, nested } from './column.ts';
import type { KernelColumn } from './kernel-relation.ts';

const SOURCE = 'the parents, kernel session and control group of each process';

const TAG: readonly Column<SessionTag>[] = [
  { name: 'name', type: 'text', unit: null, doc: "the session's name", value: (it) => it.session.name },
  {
    name: 'joined_by',
    type: 'word',
    unit: null,
    doc: 'owner, ancestry, session_id or cgroup: why it counts to it',
    value: (it) => it.by,
  },
];

/** The one session that a row belongs to, as it stands in every relation. */
export const SESSION: KernelColumn<Joined> = {
  name: 'session',
  type: 'text',
  unit: null,
  doc: 'the session that it belongs to; null where it belongs to none that is certain, and where it belongs to several',
  source: SOURCE,
  value: ({ sessions }) => (sessions.length === 1 ? (sessions[0]?.session.name ?? null) : null),
};

/** Why: of rows that are one process. */
export const JOINED_BY: KernelColumn<Joined> = {
  name: 'joined_by',
  type: 'word',
  unit: null,
  doc: 'why: owner (it is the session), ancestry, session_id or cgroup; null without one',
  source: SOURCE,
  value: ({ sessions }) => (sessions.length === 1 ? (sessions[0]?.by ?? null) : null),
};

/** All of them: of rows that can belong to several. */
export const ALL_SESSIONS: KernelColumn<Joined> = {
  ...nested(
    { name: 'sessions', type: 'list', unit: null, doc: 'every session that it belongs to' },
    TAG,
    (row: Joined) => distinctTags(row.sessions),
  ),
  source: SOURCE,
};
