import { readHost } from '../../kernel/host.ts';
import { liveMachine } from '../../kernel/machine.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { HistoryEvent } from '../../registry/history.ts';
import { requireHostId } from '../../registry/host.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Field } from '../../relations/column.ts';
import { HISTORY } from '../../relations/history.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { columnsOf } from '../columns.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printRows } from '../print-rows.ts';
import { withRegistry } from '../registry-of.ts';
import { escapeField, escapeMessage } from '../render/escape.ts';
import { describeChange } from '../render/history.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';
import { meantStored } from '../stored-names.ts';

/** The options of `plumb history`, as commander gives them. */
export interface HistoryFlags {
  readonly since?: string;
  readonly allHosts?: true;
}

const HEADINGS = ['WHEN', 'NAME', 'EVENT', 'PID', 'CHANGE'];

/** A time before the calendar is none. */
const AGES: DurationLimits = { leastMs: 1000, mostMs: 36_500 * 86_400_000, words: '1s up to 36500d' };

/** `plumb history`: what happened to the sessions of this host, or to one of them, oldest first. Asks no kernel. */
export async function history(call: Call, name: string | null, flags: HistoryFlags): Promise<ExitCode> {
  const columns = columnsOf(call, HISTORY);
  const since = flags.since === undefined ? null : new Date(Date.now() - parseDuration(flags.since, '--since', AGES));
  const { allHosts = false } = flags;
  if (allHosts && call.flags.hostId !== null) {
    throw new PlumblineError('usage', '--all-hosts and --host-id at once', { hint: 'one of the two' });
  }
  const settings = await settingsOf(call);
  const hostId = allHosts ? null : requireHostId(readHost(liveMachine(), settings.hostId));
  return withRegistry(call, settings, { label: 'plumb history', mends: false }, async (opened) => {
    const ever = name === null ? null : await eventsOf(opened, hostId, name);
    if (ever?.length === 0) {
      call.output.problem({
        code: 'absent',
        message: `${opened.place} has no event of ${name}${hostId === null ? '' : ` on host ${hostId}`}`,
        hint: 'plumb history lists the events of all names; old ones are deleted (history_days)',
      });
      return EXIT.no;
    }
    const events = ever?.filter(({ at }) => since === null || at >= since) ?? (await opened.history({ hostId, since }));
    print(call, opened.place, events, { allHosts, columns });
    return EXIT.ok;
  });
}

/** Whatever is printed otherwise than it is stored has a backslash then: only with one all names have to be looked at. */
async function eventsOf(registry: Registry, hostId: string | null, typed: string): Promise<HistoryEvent[]> {
  if (!typed.includes('\\')) return registry.history({ hostId, name: typed });
  const all = await registry.history({ hostId });
  const meant = meantStored(
    all.map((it) => it.name),
    typed,
  );
  return all.filter(({ name }) => name === meant);
}

interface Shown {
  readonly allHosts: boolean;
  readonly columns: readonly Field[] | null;
}

function print(call: Call, place: string, events: readonly HistoryEvent[], { allHosts, columns }: Shown): void {
  const { output } = call;
  const format = formatOf(call);
  const answer = (rows: readonly WireObject[]) => {
    const whole = { schema_version: 1, registry: place, events: rows };
    return `${JSON.stringify(whole, null, output.isTerminal ? 2 : 0)}\n`;
  };
  if (columns) {
    printRows(call, { columns, rows: events, none: 'no events', answer });
  } else if (format === 'json') {
    output.data(answer(events.map((it) => toWire(HISTORY, it))));
  } else if (format === 'tsv') {
    output.data(events.map((it) => tsv(it, allHosts)).join(''));
  } else if (events.length > 0) {
    const headings = call.headings ? [...(allHosts ? ['HOST'] : []), ...HEADINGS] : null;
    const width = output.isTerminal ? output.columns : null;
    const rows = events.map((it) => cells(it, allHosts));
    output.data(renderTable(rows, { headings, color: output.wantsColor(call.color), width }));
  } else {
    output.note('no events');
  }
}

function cells(it: HistoryEvent, allHosts: boolean): Cell[] {
  return [
    ...(allHosts ? [{ text: escapeMessage(it.hostId) }] : []),
    { text: it.at.toISOString(), style: 'dim' },
    { text: escapeMessage(it.name), style: 'bold' },
    { text: escapeMessage(it.event) },
    { text: it.pid === null ? '-' : String(it.pid) },
    { text: escapeMessage(describeChange(it)) },
  ];
}

function tsv(it: HistoryEvent, allHosts: boolean): string {
  const text = (field: string) => escapeField({ text: field, base64: null });
  const fields = [it.at.toISOString(), text(it.name), text(it.event), `${it.pid ?? ''}`, text(describeChange(it))];
  return tsvLine(allHosts ? [text(it.hostId), ...fields] : fields);
}
