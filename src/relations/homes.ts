import type { Bystander, HomeReport } from '../model/snapshot.ts';
import { type Column, nested, type Relation } from './column.ts';
import { terminalColumn } from './terminal-columns.ts';

const BYSTANDER: readonly Column<Bystander>[] = [
  { name: 'pid', type: 'integer', unit: null, doc: 'the process id', value: (it) => it.pid },
  { name: 'command', type: 'text', unit: null, doc: "the program's name", value: (it) => it.command },
  terminalColumn(),
  {
    name: 'role',
    type: 'word',
    unit: null,
    doc: 'launcher, visitor, leftover, other_program, detached, dying, zombie, forked, home_deleted or own',
    value: (it) => it.role,
  },
  { name: 'reason', type: 'word', unit: null, doc: 'why it is not the session', value: (it) => it.reason },
];

/** The configured homes of one look: who owns each, or why nobody does. */
export const HOMES: Relation<HomeReport> = {
  name: 'homes',
  doc: 'One row a configured home, with its owner or the reason why there is none.',
  columns: [
    { name: 'name', type: 'text', unit: null, doc: "the session's name", value: (it) => it.name },
    { name: 'path', type: 'text', unit: null, doc: 'the directory, as it is configured', value: (it) => it.path },
    {
      name: 'dev',
      type: 'u64',
      unit: null,
      doc: 'st_dev of the directory; null where it is not there or may not be looked at',
      value: (it) => it.id?.dev ?? null,
    },
    { name: 'ino', type: 'u64', unit: null, doc: 'st_ino of the directory', value: (it) => it.id?.ino ?? null },
    {
      name: 'verdict',
      type: 'word',
      unit: null,
      doc: 'alive, ambiguous, unknown, or none: proven that there is no session',
      value: (it) => it.verdict,
    },
    { name: 'reason', type: 'word', unit: null, doc: 'who owns it, or why nobody does', value: (it) => it.reason },
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process that owns it; null where there is no single one',
      value: (it) => it.session?.pid ?? null,
    },
    nested(
      { name: 'bystanders', type: 'list', unit: null, doc: 'what is in it without being its owner' },
      BYSTANDER,
      (it: HomeReport) => it.bystanders,
    ),
  ],
};
