import type { Session } from '../../model/session.ts';
import type { ColumnKind, TableMapping } from '../../model/table-mapping.ts';
import { storedText } from '../stored-text.ts';
import type { Claim } from './claim.ts';
import { plainTerminal } from './compare.ts';
import { type PaneForm, paneValue } from './pane-forms.ts';

/** What to write into the mapped columns of one row; a kind that is left out stays as it is. */
export type Values = Readonly<Partial<Record<ColumnKind, string | null>>>;

/** What the rows of one pass have in common. */
export interface Writing {
  readonly mapping: TableMapping;
  readonly hostId: string;
  readonly observedAt: Date;
  /** How this table writes a terminal: `/dev/pts/3` or `pts/3`. */
  readonly terminalPrefix: string;
  /** How most of its rows write a pane of tmux; worked out where a row has to be written. */
  readonly usualPane: () => PaneForm;
  /** By how much the database's clock is ahead of ours. */
  readonly clockSkewMs: number;
}

/** What a live session's row should hold. */
export function aliveValues(session: Session, claim: Claim | null, writing: Writing): Values {
  const { mapping, hostId, observedAt, terminalPrefix } = writing;
  const pane = paneValue(session, claim?.values.pane ?? null, writing.usualPane);
  const isOther = claim === null || claim.pid !== session.pid;
  return ofMapping(mapping, {
    pid: session.pid === null ? null : String(session.pid),
    host: hostId,
    // A finer word for a live session (`idle`) is the operator's own.
    status: (claim?.says === 'alive' ? claim.values.status : mapping.alive[0]) ?? null,
    terminal: session.terminal ? `${terminalPrefix}${session.terminal.name}` : null,
    // What is not known stays as it is.
    ...(pane !== undefined && { pane }),
    cwd: session.cwd && storedText(session.cwd),
    command: session.command && storedText(session.command),
    ...(isOther && { started_at: session.startedAt?.toISOString() ?? null }),
    ended_at: null,
    observed_at: observedAt.toISOString(),
  });
}

/** What the row of a session that has ended should hold. Where nothing can say so, its pid goes. */
export function deadValues({ mapping, observedAt }: Writing): Values {
  const { status, ended_at } = mapping.columns;
  const nobody = status === undefined && ended_at === undefined ? { pid: null } : {};
  const now = observedAt.toISOString();
  return ofMapping(mapping, { ...nobody, status: mapping.dead[0] ?? null, ended_at: now, observed_at: now });
}

/** How a table writes terminals, by the rows that it has. */
export function terminalPrefix(claims: readonly Claim[]): string {
  return claims.some(({ values }) => values.terminal?.startsWith('/dev/')) ? '/dev/' : '';
}

/** In which of the compared columns values differ from what the row holds. */
export function differingColumns(claim: Claim | null, values: Values): ColumnKind[] {
  const compared: readonly ColumnKind[] = ['pid', 'status', 'terminal', 'pane', 'host', 'ended_at'];
  return compared.filter((kind) => {
    if (!(kind in values)) return false;
    const [before, after] = [claim?.values[kind] ?? null, values[kind] ?? null];
    if (kind === 'terminal') return plainTerminal(before) !== plainTerminal(after);
    return before !== after;
  });
}

function ofMapping({ columns }: TableMapping, values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([kind]) => columns[kind as ColumnKind] !== undefined));
}
