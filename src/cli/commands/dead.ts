import { signalOf } from '../../act/signal-names.ts';
import { readExitOf } from '../../kernel/exit-status.ts';
import { liveMachine } from '../../kernel/machine.ts';
import { requireSessions } from '../../model/require-sessions.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { type DeadLine, deadOfPlan } from '../../registry/dead.ts';
import { deadOfTable } from '../../registry/table/dead.ts';
import type { Field } from '../../relations/column.ts';
import { DEAD, type DeadRow } from '../../relations/dead.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';
import { compare } from '../../sync.ts';
import { compareTable } from '../../sync-table.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { columnsOf } from '../columns.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';
import { withRegistry, withTable } from '../registry-of.ts';
import { formatAge } from '../render/age.ts';
import { escapeField, escapeMessage } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';

/** What was found. */
interface Dead {
  readonly place: string;
  readonly snapshot: Snapshot;
  readonly lines: readonly DeadLine[];
  /** How many rows cannot be told, since too little can be seen. */
  readonly unknown: number;
}

const HEADINGS = ['NAME', 'PID', 'RECORDED', 'CAUSE', 'SINCE', 'ENDED', 'NOW', 'PROOF'];

/** `plumb dead`: the rows whose process is proven to have ended, whether they say so or not; nothing is changed. */
export async function dead(call: Call): Promise<ExitCode> {
  const columns = columnsOf(call, DEAD);
  const settings = await settingsOf(call);
  requireSessions(settings);
  const { table } = settings;
  const found = table
    ? await withTable(settings, table, 'read', async (it): Promise<Dead> => {
        const { snapshot, plan } = await compareTable(it, settings);
        const lines = deadOfTable(snapshot, plan, await it.readEnded(plan.hostId));
        const unknown = plan.compared.filter(
          ({ claim, kind, verdict }) => claim && kind && verdict === 'unknown',
        ).length;
        return { place: it.place, snapshot, lines, unknown };
      })
    : await withRegistry(call, settings, { label: 'plumb dead', mends: false }, async (it): Promise<Dead> => {
        const { snapshot, stored, plan } = await compare(it, settings);
        const endings = stored.rows.some(({ status }) => status === 'dead') ? await it.endings(plan.hostId) : new Map();
        const lines = deadOfPlan(plan, stored, snapshot, endings);
        return { place: it.place, snapshot, lines, unknown: plan.kept.length };
      });
  print(call, found, columns);
  return EXIT.ok;
}

function print(call: Call, { place, snapshot, lines, unknown }: Dead, columns: readonly Field[] | null): void {
  const { output } = call;
  const rows = lines.map((line) => withExit(line, snapshot));
  const format = formatOf(call);
  const answer = (all: readonly WireObject[]) => {
    return answerJson(snapshot, { registry: place, unknown, dead: all }, output.isTerminal);
  };
  if (columns) {
    printRows(call, { columns, rows, none: 'no row is of a process that has ended', answer });
  } else if (format === 'json') {
    output.data(answer(rows.map((it) => toWire(DEAD, it))));
  } else if (format === 'tsv') {
    output.data(rows.map(tsv).join(''));
  } else if (rows.length > 0) {
    const width = output.isTerminal ? output.columns : null;
    const headings = call.headings ? HEADINGS : null;
    const all = rows.map((row) => cells(row, snapshot.observedAt));
    output.data(renderTable(all, { headings, color: output.wantsColor(call.color), width, keeps: 'start' }));
  }
  if (format === 'json') return;
  const silent = rows.filter(({ recorded }) => !recorded).length;
  output.note(
    `${rows.length} dead${silent === 0 ? '' : `, and ${silent} of them ${silent === 1 ? 'does' : 'do'} not say so: plumb sync writes it`}`,
  );
  if (unknown > 0) output.note(`${unknown} row${unknown === 1 ? '' : 's'} cannot be told: plumb drift says why`);
  noteCoverage(output, snapshot.coverage);
}

/** Of one that nobody has reaped the kernel still knows how it ended. */
function withExit(line: DeadLine, { host }: Snapshot): DeadRow {
  const { pid, startTimeTicks, bootId, cause } = line;
  const isHere = pid !== null && startTimeTicks !== null && bootId === host.bootId && cause === 'exited';
  const status = isHere ? readExitOf(liveMachine().procfs, pid, startTimeTicks) : null;
  if (status?.kind !== 'value') return { ...line, exitCode: null, signal: null };
  if (status.value.kind === 'exit') return { ...line, exitCode: status.value.code, signal: null };
  return { ...line, exitCode: null, signal: signalOf(status.value.signal)?.name ?? `SIG${status.value.signal}` };
}

function cells(row: DeadRow, now: Date): Cell[] {
  const { name, pid, recorded, startedAt, endedAt, successor, proof } = row;
  const ago = (at: Date | null) => (at === null ? '-' : `${formatAge(at, now)} ago`);
  return [
    { text: escapeMessage(name), style: 'bold' },
    { text: pid === null ? '-' : String(pid) },
    { text: recorded ? 'yes' : 'no', style: recorded ? 'dim' : 'yellow' },
    { text: causeWord(row) },
    { text: ago(startedAt) },
    { text: ago(endedAt) },
    { text: successor === null ? '-' : String(successor) },
    { text: escapeMessage(proof) },
  ];
}

/** `exited 42`, `exited SIGKILL`; `-` where it is not known. */
function causeWord({ cause, exitCode, signal }: DeadRow): string {
  return [cause ?? '-', exitCode, signal].filter((it) => it !== null).join(' ');
}

function tsv(row: DeadRow): string {
  const { name, pid, recorded, startedAt, endedAt, successor, proof } = row;
  const text = (it: string) => escapeField({ text: it, base64: null });
  const times = [startedAt, endedAt].map((it) => it?.toISOString() ?? '');
  const fields = [text(name), `${pid ?? ''}`, String(recorded), row.cause === null ? '' : causeWord(row), ...times];
  return tsvLine([...fields, `${successor ?? ''}`, text(proof)]);
}
