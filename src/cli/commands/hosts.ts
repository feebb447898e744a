import { readHost } from '../../kernel/host.ts';
import { liveMachine } from '../../kernel/machine.ts';
import type { HostSummary } from '../../registry/hosts.ts';
import type { Field } from '../../relations/column.ts';
import { HOSTS, type HostRow } from '../../relations/hosts.ts';
import { toWire } from '../../relations/wire.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { columnsOf } from '../columns.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printRows } from '../print-rows.ts';
import { withRegistry } from '../registry-of.ts';
import { formatAge } from '../render/age.ts';
import { escapeField, escapeMessage } from '../render/escape.ts';
import { escapeControls } from '../render/json.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';

const HEADINGS = ['', 'HOST', 'BOOT', 'STATE', 'WRITTEN', 'ALIVE', 'DEAD', 'AMBIGUOUS'];

/** What a person reads of each. */
const IN_WORDS: Readonly<Record<HostSummary['freshness'], string>> = {
  connected: 'connected',
  gone: 'gone: its rows are unknown',
  snapshot: 'snapshot',
};

/** `plumb hosts`: the machines whose rows are in the registry, and how far they can be relied on. Asks no kernel. */
export async function hosts(call: Call): Promise<ExitCode> {
  const columns = columnsOf(call, HOSTS);
  const settings = await settingsOf(call);
  const { id } = readHost(liveMachine(), settings.hostId);
  return withRegistry(call, settings, { label: 'plumb hosts', mends: false }, async (opened) => {
    const all = await opened.hosts();
    print(call, opened.place, all, id, columns);
    return EXIT.ok;
  });
}

function print(
  call: Call,
  place: string,
  all: readonly HostSummary[],
  ownId: string | null,
  columns: readonly Field[] | null,
): void {
  const { output } = call;
  const rows = all.map((it) => ({ ...it, isThisHost: it.hostId === ownId }));
  const format = formatOf(call);
  const answer = (hosts: readonly object[]) => {
    const whole = { schema_version: 1, registry: place, hosts };
    return `${escapeControls(JSON.stringify(whole, null, output.isTerminal ? 2 : 0))}\n`;
  };
  if (columns) {
    printRows(call, { columns, rows, none: 'no hosts', answer });
  } else if (format === 'json') {
    output.data(answer(rows.map((it): object => toWire(HOSTS, it))));
  } else if (format === 'tsv') {
    output.data(rows.map(tsv).join(''));
  } else if (rows.length > 0) {
    const headings = call.headings ? HEADINGS : null;
    const width = output.isTerminal ? output.columns : null;
    const now = new Date();
    const lines = rows.map((it) => cells(it, now));
    output.data(renderTable(lines, { headings, color: output.wantsColor(call.color), width }));
  } else {
    output.note('no hosts');
  }
}

function cells(it: HostSummary & { readonly isThisHost: boolean }, now: Date): Cell[] {
  const { hostId, bootId, freshness, observedAt, alive, dead, ambiguous } = it;
  return [
    { text: it.isThisHost ? '*' : '' },
    { text: escapeMessage(hostId), style: 'bold' },
    { text: bootId, style: 'dim' },
    { text: IN_WORDS[freshness], ...(freshness === 'gone' && { style: 'yellow' as const }) },
    { text: `${formatAge(observedAt, now)} ago` },
    { text: String(alive) },
    { text: String(dead) },
    { text: String(ambiguous) },
  ];
}

function tsv(it: HostRow): string {
  const hostId = escapeField({ text: it.hostId, base64: null });
  const counts = [it.alive, it.dead, it.ambiguous].map(String);
  const here = it.isThisHost ? 'this host' : '';
  return tsvLine([hostId, it.bootId, it.freshness, it.observedAt.toISOString(), ...counts, here]);
}
