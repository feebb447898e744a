import { quoteIdentifier } from '../../registry/identifiers.ts';
import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import type { LiveTable } from '../tables/live-table.ts';

/** What an engine is tried with before anybody asks it anything. */
export interface WarmUp {
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly frames: readonly Uint8Array[];
}

/** A value of each type, as CSV. */
const SAMPLES: Readonly<Record<string, string>> = {
  text: '"a name"',
  bigint: '1234567',
  'numeric(20)': '12345678901234567890',
  boolean: 't',
  timestamptz: '2026-01-01 00:00:00.123+00',
  'text[]': '"{""a b"",c}"',
  jsonb: '"{""a"": [1, ""b"", null]}"',
};

const ROWS = 100;

/**
 * Statements over made-up rows. Code in WebAssembly is compiled where it is called first, and compiled well where it is
 * called often: without this the first dozens of answers take ten times as long as the rest.
 */
export function warmUpOf(tables: readonly LiveTable[]): WarmUp {
  const [widest] = tables.toSorted((a, b) => b.columns.length - a.columns.length);
  const [first] = widest?.columns ?? [];
  if (widest === undefined || first === undefined) return { contents: new Map(), frames: [] };
  const table = quoteIdentifier(widest.name);
  const column = quoteIdentifier(first.name);
  const bound = { portal: '', statement: '', parameterFormats: [], parameters: [Buffer.from('1')], resultFormats: [] };
  const row = `${widest.columns.map(({ type }) => SAMPLES[type] ?? '').join(',')}\n`;
  return {
    contents: new Map([[widest.name, Buffer.from(row.repeat(ROWS))]]),
    frames: [
      frontend.query(`select * from ${table}`),
      frontend.query(`select ${column}, count(*) from ${table} where ${column} is not null group by 1 order by 2 desc`),
      joined([
        frontend.parse('', `select * from ${table} a join ${table} b using (${column}) limit $1`),
        frontend.bind(bound),
        frontend.describe('portal', ''),
        frontend.execute(''),
        frontend.sync(),
      ]),
    ],
  };
}
