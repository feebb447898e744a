import type { Session } from '../model/session.ts';
import type { SessionTag } from '../model/session-tag.ts';
import { toText } from '../model/text.ts';
import type { Why, WhyProcess } from '../model/why.ts';
import { type Column, nested, type Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';
import { PROCESS_KEY } from './process-columns.ts';

const ROLE: readonly Column<string>[] = [
  { name: 'role', type: 'word', unit: null, doc: 'what the process has to do with what was asked', value: (it) => it },
];

const NAME: readonly Column<Session>[] = [
  { name: 'name', type: 'text', unit: null, doc: "the session's name", value: (it) => it.name },
];

const PROCESS: readonly Column<WhyProcess>[] = [
  ...PROCESS_KEY,
  { name: 'command', type: 'text', unit: null, doc: 'its comm', value: (it) => toText(it.stat.comm) },
  nested(
    { name: 'roles', type: 'list', unit: null, doc: 'what it has to do with what was asked' },
    ROLE,
    (it: WhyProcess) => it.roles,
  ),
  {
    name: 'session',
    type: 'text',
    unit: null,
    doc: 'the session that it counts to; null where it counts to none that is certain',
    value: (it) => it.tag?.session.name ?? null,
  },
  {
    name: 'joined_by',
    type: 'word',
    unit: null,
    doc: 'why: owner, ancestry, session_id or cgroup; null without one',
    value: (it) => it.tag?.by ?? null,
  },
  nested(
    {
      name: 'may_count_to',
      type: 'list',
      unit: null,
      doc: 'sessions that it may count to: its parents have ended, and nothing else tells',
    },
    NAME,
    (it: WhyProcess) => it.mayCountTo,
  ),
  evidenceColumn('the way from it to its session, or to nowhere, each step with the command that shows it'),
];

/** The answer of `plumb why`. */
export const WHY: Relation<Why> = {
  name: 'why',
  doc: 'The one object of `plumb why`: from a process, a port, a path or a pane to its sessions.',
  columns: [
    { name: 'kind', type: 'word', unit: null, doc: 'pid, port, path or pane', value: (it) => it.kind },
    { name: 'asked', type: 'word', unit: null, doc: 'what was asked, as it was typed', value: (it) => it.asked },
    {
      name: 'verdict',
      type: 'word',
      unit: null,
      doc: 'session; none: provably of no session, or nothing of that kind is there; unknown',
      value: (it) => it.verdict,
    },
    { name: 'answer', type: 'word', unit: null, doc: 'the same in one sentence', value: (it) => it.answer },
    nested({ name: 'sessions', type: 'list', unit: null, doc: 'the sessions that it belongs to' }, NAME, (it: Why) =>
      it.sessions.map(({ session }: SessionTag) => session),
    ),
    evidenceColumn('the facts about the thing itself'),
    nested(
      { name: 'processes', type: 'list', unit: null, doc: 'the processes that have to do with it, by number' },
      PROCESS,
      (it: Why) => it.processes,
    ),
  ],
};
