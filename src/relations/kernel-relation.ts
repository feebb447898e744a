import type { Ask, MachineLook } from '../look/machine-look.ts';
import type { Joined } from '../model/session-tag.ts';
import type { Column, Field } from './column.ts';

/** A column of something that the kernel tracks, and where it is read. */
export type KernelColumn<Row> = Column<Row> & About;

interface About {
  readonly name: string;
  /** The kernel file or call: `/proc/<pid>/stat, field 4`. */
  readonly source: string;
  /**
   * The option that adds it, `--argv`: it is told where that is given or it is named, and in no format of itself, since it
   * may tell secrets or cost more than a read.
   */
  readonly flag?: `--${string}`;
}

/** An option of a relation's command, beside those that all of them have. */
export interface RelationOption {
  /** As it is typed: `--to <address>`. */
  readonly flags: string;
  readonly doc: string;
  /** What its value can be: one of these, or several with commas between them. */
  readonly words?: readonly string[];
  /** It looks for something wrong: rows end the command with 1, and none that could be seen with 3 if some could not. */
  readonly isCheck?: boolean;
}

/** What the option is called where it is given: `--to <address>` is `to`. */
export function optionName({ flags }: RelationOption): string {
  return /^--([a-z]+)/.exec(flags)?.[1] ?? flags;
}

/**
 * A table of what the kernel tracks, read when it is asked for, each row joined to its session. The command with its
 * help, every format, docs/relations.md and completion are made from this description.
 */
export interface Description<Row extends Joined> {
  /** Its name on every wire, and the command's. */
  readonly name: string;
  /** What one row is, without an article or a full stop: `a process`. */
  readonly row: string;
  /** The command's one line of help. */
  readonly summary: string;
  /** What it holds and where its limits are, in a few sentences. */
  readonly doc: string;
  /** Which rights it takes to see everything, and what is missing without them. */
  readonly needs: string;
  readonly columns: readonly KernelColumn<Row>[];
  /** The columns of the table for a person and of lines for a program, in their order; `-o wide` has all. */
  readonly shown: readonly string[];
  readonly options?: readonly RelationOption[];
  /** What answers instead where one of these options is given: its name, and the relation. */
  readonly instead?: { readonly option: string; readonly relation: KernelRelation };
  /** What is said where there are no rows, if not that there are none of them. */
  readonly none?: string;
  /** Of a relation that answers a question: what the rows say to it. */
  readonly answer?: (rows: readonly Row[]) => 'yes' | 'no' | 'unknown';
  /** Reads the rows: all of the machine, or at least all of the sessions asked for, which is where it may save work. */
  readonly rows: (look: MachineLook, ask: Ask) => Promise<readonly Row[]> | readonly Row[];
}

/** A description whose rows' type is hidden: only `kernelRelation` makes one, where both are checked together. */
export interface KernelRelation extends Omit<Description<never>, 'columns' | 'rows' | 'answer'> {
  readonly columns: readonly (Field & About)[];
  readonly rows: (look: MachineLook, ask: Ask) => Promise<readonly Joined[]>;
  readonly answer: ((rows: readonly never[]) => 'yes' | 'no' | 'unknown') | null;
}

/** Describes a relation; rows of other sessions than those asked for are left out here, for all of them alike. */
export function kernelRelation<Row extends Joined>(description: Description<Row>): KernelRelation {
  return {
    ...description,
    answer: description.answer ?? null,
    rows: async (look, ask) => {
      const rows = await description.rows(look, ask);
      const { sessions } = ask;
      if (sessions === null) return rows;
      look.noteDoubts(sessions);
      return rows.filter((row) => row.sessions.some((tag) => sessions.has(tag.session)));
    },
  };
}

/** The relation with those of its columns on request that are asked for; in a table they stand last. */
export function withRequested(it: KernelRelation, isAsked: (column: About) => boolean): KernelRelation {
  const columns = it.columns.filter((column) => column.flag === undefined || isAsked(column));
  const added = columns.filter(({ flag }) => flag !== undefined).map(({ name }) => name);
  return { ...it, columns, shown: [...it.shown, ...added] };
}
