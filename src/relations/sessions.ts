import type { ClaimHolder } from '../model/claim.ts';
import type { Claimant, Session } from '../model/session.ts';
import { type Column, nested, type Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';
import { paneAbsenceColumn, paneColumn } from './pane-columns.ts';
import { terminalColumn } from './terminal-columns.ts';

const START: Pick<Column<Claimant>, 'name' | 'unit' | 'doc'> = {
  name: 'start_time_ticks',
  unit: 'clock ticks since boot',
  doc: 'when the process started; with pid and boot_id it names the incarnation',
};

const CLAIMANT: readonly Column<Claimant>[] = [
  { name: 'pid', type: 'integer', unit: null, doc: 'the process id', value: (it) => it.pid },
  { ...START, type: 'u64', value: (it) => it.startTimeTicks },
  { name: 'command', type: 'text', unit: null, doc: 'the command that it matched', value: (it) => it.command },
  terminalColumn(),
  { name: 'reason', type: 'word', unit: null, doc: 'what speaks for or against it', value: (it) => it.reason },
];

const CLAIM_HOLDER: readonly Column<ClaimHolder>[] = [
  {
    name: 'pid',
    type: 'integer',
    unit: null,
    doc: 'the process id; null where it is of nobody in our pid namespace',
    value: (it) => it.pid,
  },
  { name: 'command', type: 'text', unit: null, doc: "its program's name; null if unseen", value: (it) => it.command },
  {
    name: 'verified',
    type: 'boolean',
    unit: null,
    doc: 'whether the lock was seen among its open files; else the pid is of who made it, perhaps long ago',
    value: (it) => it.verified,
  },
];

/** The sessions of one look: what is running in which terminal, in whose home. */
export const SESSIONS: Relation<Session> = {
  name: 'sessions',
  doc: 'One row a session: a home and the process that is it; without homes, a terminal and its foreground process.',
  columns: [
    {
      name: 'name',
      type: 'text',
      unit: null,
      doc: "the home's name; without homes a label, the last part of the working directory",
      value: (it) => it.name,
    },
    { name: 'home', type: 'text', unit: null, doc: "the home's path; null without homes", value: (it) => it.home },
    { name: 'verdict', type: 'word', unit: null, doc: 'alive, ambiguous or unknown', value: (it) => it.verdict },
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process that is the session; null where there is no single one',
      value: (it) => it.pid,
    },
    { ...START, type: 'u64', value: (it) => it.startTimeTicks },
    { name: 'boot_id', type: 'word', unit: null, doc: 'the boot that it belongs to', value: (it) => it.bootId },
    terminalColumn(),
    paneColumn(),
    paneAbsenceColumn(),
    {
      name: 'detached',
      type: 'boolean',
      unit: null,
      doc: 'alive without a controlling terminal: it cannot be typed to',
      value: (it) => it.detached,
    },
    {
      name: 'foreground',
      type: 'boolean',
      unit: null,
      doc: "whether it is in its terminal's foreground group; null where that is unknown",
      value: (it) => it.foreground,
    },
    {
      name: 'command',
      type: 'text',
      unit: null,
      doc: 'the command that it was recognised by, never its arguments',
      value: (it) => it.command,
    },
    { name: 'cwd', type: 'text', unit: null, doc: 'its working directory', value: (it) => it.cwd },
    { name: 'state', type: 'word', unit: null, doc: 'the letter of stat: R S D T t', value: (it) => it.state },
    { name: 'started_at', type: 'time', unit: null, doc: 'when it started', value: (it) => it.startedAt },
    {
      name: 'last_input_at',
      type: 'time',
      unit: null,
      doc: 'when what was typed in its terminal was last read; up to 8 s too early; null where that was not seen',
      value: (it) => it.lastInputAt,
    },
    {
      name: 'last_output_at',
      type: 'time',
      unit: null,
      doc: 'when its terminal was last written to; up to 8 s too early; null where that was not seen',
      value: (it) => it.lastOutputAt,
    },
    nested(
      { name: 'claimants', type: 'list', unit: null, doc: 'every process that could own the home' },
      CLAIMANT,
      (it: Session) => it.claimants,
    ),
    nested(
      {
        name: 'claimed_by',
        type: 'list',
        unit: null,
        doc: 'every process that has claimed it, the most telling first; null where that was not asked or not seen',
      },
      CLAIM_HOLDER,
      (it: Session) => it.claimedBy,
    ),
    evidenceColumn('the facts behind the verdict'),
  ],
};
