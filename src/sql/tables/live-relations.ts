import type { Field } from '../../relations/column.ts';
import { HOMES } from '../../relations/homes.ts';
import type { KernelRelation } from '../../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../../relations/kernel-relations.ts';
import { LIVE_COVERAGE } from '../../relations/live-coverage.ts';
import { LIVE_PANES } from '../../relations/live-panes.ts';
import { LIVE_SESSIONS } from '../../relations/live-sessions.ts';
import { PROCESS_ARGUMENTS } from '../../relations/process-arguments.ts';

/** A relation that SQL sees. */
export interface LiveRelation {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly Field[];
}

/** Columns that tell secrets, or have a table of their own. */
const LEFT_OUT: Readonly<Record<string, string>> = { processes: 'full_argv' };

/** What is said of a table alone that is not so of its command. */
const MORE: Readonly<Record<string, string>> = {
  routes: 'Which way packets take to an address is not told here: `plumb routes --to` asks the kernel that.',
  processes: 'Command lines with everything in them are in process_arguments.',
  terminals:
    '`pane` runs a client of each multiplexer. A terminal is that of a session where name and dev are its terminal and terminal_dev.',
};

/** What can be asked of the kernel beside the sessions, as SQL has it, by its name. */
export const LIVE_KERNEL_RELATIONS: ReadonlyMap<string, KernelRelation> = new Map(
  KERNEL_RELATIONS.flatMap((it) => (it.name === 'processes' ? [it, PROCESS_ARGUMENTS] : [it])).map((it) => {
    const columns = it.columns.filter(({ name }) => name !== LEFT_OUT[it.name]);
    return [it.name, { ...it, columns, doc: docOf(it) }];
  }),
);

/** Every relation that SQL sees, in the order of the documentation. */
export const LIVE_RELATIONS: readonly LiveRelation[] = [
  LIVE_SESSIONS,
  { ...HOMES, doc: `${HOMES.doc} \`none\` is proven, by looking again.` },
  LIVE_PANES,
  ...LIVE_KERNEL_RELATIONS.values(),
  LIVE_COVERAGE,
];

function docOf({ name, row, doc, needs }: KernelRelation): string {
  const more = MORE[name];
  return `One row is ${row}. ${doc} Needs: ${needs}.${more === undefined ? '' : ` ${more}`}`;
}
