import { PlumblineError } from '../../model/errors.ts';
import { requireSessions } from '../../model/require-sessions.ts';
import type { RegistryLine } from '../../relations/registry.ts';
import { REGISTRY } from '../../relations/registry.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';
import { compare } from '../../sync.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { columnsOf } from '../columns.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';
import { registryLines } from '../registry-lines.ts';
import { withRegistry } from '../registry-of.ts';
import { formatAge } from '../render/age.ts';
import { escapeField, escapeMessage } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';

const HEADINGS = ['NAME', 'STATUS', 'PID', 'TTY', 'PANE', 'WRITTEN', 'NOW'];

/** `plumb registry`: the rows of this host with their age, and how each compares with the kernel now. */
export async function registry(call: Call): Promise<ExitCode> {
  const columns = columnsOf(call, REGISTRY);
  const settings = await settingsOf(call);
  requireSessions(settings);
  if (settings.table) {
    throw new PlumblineError(
      'usage',
      "plumb registry shows plumbline's own rows, and the configuration names a table",
      {
        hint: 'plumb drift compares the table with the kernel',
      },
    );
  }
  return withRegistry(call, settings, { label: 'plumb registry', mends: false }, async (opened) => {
    const compared = await compare(opened, settings);
    const { snapshot } = compared;
    const lines = registryLines(compared);
    const { output } = call;
    const format = formatOf(call);
    const answer = (rows: readonly WireObject[]) => {
      return answerJson(snapshot, { registry: opened.place, rows }, output.isTerminal);
    };
    if (columns) {
      printRows(call, { columns, rows: lines, none: 'no rows, and no sessions', answer });
    } else if (format === 'json') {
      output.data(answer(lines.map((it) => toWire(REGISTRY, it))));
    } else if (format === 'tsv') {
      output.data(lines.map(tsv).join(''));
    } else if (lines.length > 0) {
      const rows = lines.map((it) => cells(it, snapshot.observedAt));
      const width = output.isTerminal ? output.columns : null;
      const headings = call.headings ? HEADINGS : null;
      output.data(renderTable(rows, { headings, color: output.wantsColor(call.color), width }));
    } else {
      output.note('no rows, and no sessions');
    }
    if (format !== 'json') noteCoverage(output, snapshot.coverage);
    if (lines.some(({ now }) => now === 'differs' || now === 'new')) output.note('plumb sync makes the rows match');
    return worstOf([lines.some(({ now }) => now === 'unknown') ? EXIT.blind : EXIT.ok]);
  });
}

function cells({ name, status, pid, terminal, pane, observedAt, now, difference }: RegistryLine, at: Date): Cell[] {
  const compared = now === 'same' ? now : `${now}: ${difference}`;
  return [
    { text: escapeMessage(name), style: 'bold' },
    { text: status ?? '-' },
    { text: pid === null ? '-' : String(pid) },
    { text: terminal ?? '-' },
    { text: pane === null ? '-' : escapeMessage(pane) },
    { text: observedAt ? `${formatAge(observedAt, at)} ago` : '-' },
    { text: escapeMessage(compared), style: now === 'same' ? 'dim' : 'yellow' },
  ];
}

function tsv({ name, status, pid, terminal, observedAt, now, difference }: RegistryLine): string {
  const text = (it: string) => escapeField({ text: it, base64: null });
  const fields = [text(name), status ?? '', `${pid ?? ''}`, terminal ?? '', observedAt?.toISOString() ?? ''];
  return tsvLine([...fields, now, text(difference)]);
}
