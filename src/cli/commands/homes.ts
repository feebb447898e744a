import type { HomeReport } from '../../model/snapshot.ts';
import { type Call, formatOf, isByColumns, look } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { escapeCell, escapeMessage } from '../render/escape.ts';
import { toJson } from '../render/json.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { homeLines } from '../render/tsv.ts';

const HEADINGS = ['NAME', 'PATH', 'DEV:INO', 'OWNER'];

/** The options of `plumb homes`, as commander gives them. */
export interface HomesFlags {
  readonly store?: true;
}

/** `plumb homes`: every configured home, and its owner or why there is none. */
export async function homes(call: Call, { store }: HomesFlags = {}): Promise<ExitCode> {
  if (store) return (await import('./store-homes.ts')).storeHomesOf(call);
  const byColumns = isByColumns(call) ? (await import('../described.ts')).homesByColumns(call) : null;
  const { snapshot, settings } = await look(call, byColumns?.needs ?? { explain: true });
  const { output } = call;
  const format = formatOf(call);
  if (byColumns) byColumns.print(snapshot);
  else if (format === 'json') output.data(toJson(snapshot, { homes: snapshot.homes }, output.isTerminal));
  else if (format === 'tsv') output.data(homeLines(snapshot.homes));
  else if (snapshot.homes.length > 0) {
    const headings = call.headings ? HEADINGS : null;
    const layout = { headings, color: output.wantsColor(call.color), width: null };
    output.data(renderTable(snapshot.homes.map(cells), layout));
  }
  if (settings.homes.length === 0) {
    output.note(
      'no homes are configured: --home \'/srv/agents/*\', or homes = ["/srv/agents/*"] in a configuration file',
    );
  }
  if (format !== 'json') noteCoverage(output, snapshot.coverage);
  noteUnmatched(output, snapshot.unmatchedPatterns);
  return EXIT.ok;
}

function cells({ name, path, id, verdict, session, reason }: HomeReport): Cell[] {
  const owner: Cell =
    verdict === 'alive' ? { text: `${session?.pid}` } : { text: escapeMessage(reason), style: 'yellow' };
  return [
    { text: escapeCell(name), style: 'bold' },
    { text: escapeCell(path) },
    { text: id ? `${id.dev}:${id.ino}` : '-' },
    verdict === 'none' ? { ...owner, style: 'dim' } : owner,
  ];
}
