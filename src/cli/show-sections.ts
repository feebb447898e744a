import type { MachineLook } from '../look/machine-look.ts';
import type { CoverageReason } from '../model/coverage.ts';
import type { Session } from '../model/session.ts';
import type { Joined } from '../model/session-tag.ts';
import type { Field } from '../relations/column.ts';
import type { KernelRelation } from '../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import type { WireObject } from '../relations/wire.ts';
import { gapsOf } from './gaps.ts';
import { nameWord } from './names.ts';
import { describeGap } from './notes.ts';
import { wireOf } from './print-rows.ts';
import { columnsTable } from './render/columns-table.ts';
import { escapeMessage } from './render/escape.ts';

/** What one relation has of the sessions that are shown. */
export interface Section {
  readonly relation: KernelRelation;
  readonly columns: readonly Field[];
  /** Null where it was not read. */
  readonly rows: readonly Joined[] | null;
  /** Why it was not read; null where it was. */
  readonly problem: string | null;
  /** What of these sessions' processes could not be seen. */
  readonly gaps: readonly CoverageReason[];
}

/** All sections together take no longer: what has not been read by then is asked for by its own command. */
const WITHIN_MS = 4000;

const LATE = { rows: null, problem: `not read within ${WITHIN_MS / 1000} s` };

/** So many rows are shown of each; one more is shown too, in place of the line that would say so. */
const ROWS_SHOWN = 5;

/** To whom a row belongs is said by the heading. */
const OF_THE_SESSION: ReadonlySet<string> = new Set(['session', 'sessions', 'joined_by']);

/**
 * Reads what each relation has of these sessions, one after the other, in the look that has found them. What goes wrong
 * in one of them is said there, and keeps no other from being read.
 */
export async function* readSections(
  look: MachineLook,
  sessions: ReadonlySet<Session>,
  relations: readonly KernelRelation[] = KERNEL_RELATIONS,
): AsyncGenerator<Section> {
  const until = performance.now() + WITHIN_MS;
  let isLate = false;
  for (const relation of relations) {
    look.beginLog();
    const shown = relation.shown.filter((name) => !OF_THE_SESSION.has(name));
    const columns = shown.flatMap((name) => relation.columns.filter((it) => it.name === name));
    const wants = (name: string) => columns.some((it) => it.name === name);
    // Of nobody nothing is to be read.
    const reading = async () => (sessions.size === 0 ? [] : relation.rows(look, { sessions, wants, options: {} }));
    const read = await inTime(reading, isLate ? 0 : until - performance.now());
    // What is late goes on in the background: nothing is begun beside it.
    isLate ||= read.problem === LATE.problem;
    yield { relation, columns, gaps: gapsOf(look, sessions), ...read };
  }
}

/** What was read, or why not. An error of one section is told where its rows would stand. */
async function inTime(read: () => Promise<readonly Joined[]>, ms: number): Promise<Pick<Section, 'rows' | 'problem'>> {
  if (ms <= 0) return LATE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), ms);
  });
  try {
    return await Promise.race([read().then((rows) => ({ rows, problem: null })), end]);
  } catch (error) {
    return { rows: null, problem: `not read: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A section for a person: a heading, a few rows, and the command that has the rest; empty where nothing is there and
 * nothing was hidden.
 */
export function describeSection(
  { relation, columns, rows, problem, gaps }: Section,
  { session, width, color }: { readonly session: Session; readonly width: number | null; readonly color: boolean },
): string {
  const command = `plumb ${relation.name} ${nameWord(session.name)}`;
  if (rows === null) return `${relation.name}: ${escapeMessage(problem ?? '')}; ${command} reads them alone\n`;
  const unseen = gaps.map(describeGap).filter((it) => it !== '');
  const hidden = unseen.length === 0 ? '' : `  not seen: ${escapeMessage(unseen.join('; '))}\n`;
  if (rows.length === 0) return hidden === '' ? '' : `${relation.name}: none that could be seen\n${hidden}`;
  const ordered = [...rows.filter(isOwners), ...rows.filter((it) => !isOwners(it))];
  const few = ordered.slice(0, rows.length <= ROWS_SHOWN + 1 ? rows.length : ROWS_SHOWN);
  const room = width === null ? null : width - INDENT.length;
  const { text, left } = columnsTable(columns, few, { headings: true, color, width: room, mayLeave: true });
  const rest = rows.length - few.length;
  const more = rest > 0 ? `… and ${rest} more: ${command}` : left.length > 0 ? `all columns: ${command} -o wide` : '';
  const lines = [...text.trimEnd().split('\n'), ...(more === '' ? [] : [more])].map((line) => `${INDENT}${line}\n`);
  return `${relation.name}: ${rows.length}\n${lines.join('')}${hidden}`;
}

/** What is of the process that is the session comes before what is of the others below it. */
function isOwners({ sessions }: Joined): boolean {
  return sessions.some(({ by }) => by === 'owner');
}

const INDENT = '  ';

/** The same in JSON: the columns of its table, of all rows; null where it was not read. */
export function sectionWire({ columns, rows }: Section): WireObject[] | null {
  return rows?.map((row) => wireOf(columns, row)) ?? null;
}
