import { observePanes } from '../../list-panes.ts';
import type { PanesSeen, SeenPane, SeenServer } from '../../model/seen-pane.ts';
import { toText } from '../../model/text.ts';
import type { Field } from '../../relations/column.ts';
import { PANE_SERVERS, PANES } from '../../relations/panes.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { columnsOf } from '../columns.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';
import { escapeCell, escapeField, escapeMessage } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';

const HEADINGS = ['PANE', 'ID', 'TTY', 'SESSION', 'PID', 'COMMAND', 'NOTE', 'SERVER'];

/** `plumb panes`: every pane of every multiplexer within sight, and what is in it. */
export async function panes(call: Call): Promise<ExitCode> {
  const columns = columnsOf(call, PANES);
  const found = await observePanes(await settingsOf(call));
  const unlisted = found.servers.filter(({ unlistedBecause }) => unlistedBecause !== null);
  print(call, found, columns);
  for (const server of unlisted) call.output.note(whyUnlisted(server));
  return unlisted.length > 0 ? EXIT.blind : EXIT.ok;
}

function print(call: Call, { snapshot, servers, panes: all }: PanesSeen, columns: readonly Field[] | null): void {
  const { output } = call;
  const format = formatOf(call);
  const none = 'no tmux and no screen has panes here';
  const answer = (rows: readonly WireObject[]) => {
    const content = { servers: servers.map((it) => toWire(PANE_SERVERS, it)), panes: rows };
    return answerJson(snapshot, content, output.isTerminal);
  };
  if (columns) printRows(call, { columns, rows: all, none, answer });
  else if (format === 'json') output.data(answer(all.map((it) => toWire(PANES, it))));
  else if (format === 'tsv') output.data(all.map(tsv).join(''));
  else if (all.length > 0) {
    const headings = call.headings ? HEADINGS : null;
    const width = output.isTerminal ? output.columns : null;
    output.data(renderTable(all.map(cells), { headings, color: output.wantsColor(call.color), width }));
  } else output.note(none);
  if (format !== 'json') noteCoverage(output, snapshot.coverage);
}

function whyUnlisted({ multiplexer, pid, unlistedBecause, hint }: SeenServer): string {
  return escapeMessage(`${multiplexer} ${pid} is not listed: ${unlistedBecause}${hint === '' ? '' : ` (${hint})`}`);
}

function cells({ pane, terminal, sessions, foreground, dead, obstacles }: SeenPane): Cell[] {
  const notes = [...(dead ? ['dead'] : []), ...obstacles];
  const plain = (text: string | null): Cell => (text === null || text === '' ? { text: '-', style: 'dim' } : { text });
  return [
    { text: escapeCell(pane.address), style: 'bold' },
    plain(pane.id),
    plain(terminal?.name ?? null),
    plain(sessions.map(escapeCell).join(', ')),
    plain(foreground === null ? null : String(foreground.pid)),
    plain(foreground && escapeCell(foreground.command)),
    { ...plain(notes.join(', ')), ...(notes.length > 0 && { style: 'yellow' as const }) },
    { text: `${pane.server.pid} ${escapeCell(toText(pane.server.socket))}` },
  ];
}

/** Address, id, terminal, pid, command, title, server's pid and socket, then the sessions, one a field. */
function tsv({ pane, title, terminal, sessions, foreground }: SeenPane): string {
  const { address, id, server } = pane;
  return tsvLine([
    escapeField(address),
    id ?? '',
    terminal?.name ?? '',
    foreground === null ? '' : String(foreground.pid),
    foreground === null ? '' : escapeField(foreground.command),
    title === null ? '' : escapeField(title),
    String(server.pid),
    escapeField(toText(server.socket)),
    ...sessions.map(escapeField),
  ]);
}
