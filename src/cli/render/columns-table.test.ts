import stringWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { toText } from '../../model/text.ts';
import type { Column, Field } from '../../relations/column.ts';
import { columnsTable } from './columns-table.ts';

type Row = Readonly<Record<string, string | number | null>>;

const about = { unit: null, doc: '' };
const text = (name: string): Column<Row> => ({ ...about, name, type: 'text', value: (it) => textOf(it[name]) });
const number = (name: string): Column<Row> => ({ ...about, name, type: 'integer', value: (it) => it[name] as number });
const textOf = (value: string | number | null | undefined) => (value == null ? null : toText(String(value)));
// They are only printed with rows of theirs.
const fields = (...columns: Column<Row>[]) => columns as readonly Field[];

const plain = { headings: true, color: false, width: null, mayLeave: true };

describe('columnsTable()', () => {
  it('ends numbers where they end', () => {
    const columns = fields(number('pid'), text('comm'), number('rss_bytes'));
    const rows = [
      { pid: 1, comm: 'init', rss_bytes: 12345678 },
      { pid: 41234, comm: 'a', rss_bytes: null },
    ];
    expect(columnsTable(columns, rows, plain).text).toBe(
      '  PID  COMM  RSS_BYTES\n    1  init   12345678\n41234  a             -\n',
    );
  });

  it('shortens the widest words, of a path its start, and no number', () => {
    const columns = fields(number('pid'), text('path'), text('comm'), text('session'));
    const rows = [
      { pid: 1234567, path: '/srv/agents/ada/src/deep/down', comm: 'a rather long command', session: 'ada' },
    ];
    const { text: table, left } = columnsTable(columns, rows, { ...plain, width: 44 });
    expect(left).toEqual([]);
    const line = table.split('\n')[1] ?? '';
    expect(stringWidth(line)).toBeLessThanOrEqual(44);
    expect(line).toMatch(/^1234567 {2}….*deep\/down {2}a rather.*… {2}ada$/);
  });

  it('leaves out the last columns that have no room, never the session, and says which', () => {
    const names = Array.from({ length: 11 }, (_, index) => `column_${index}`);
    const columns = fields(number('pid'), ...names.map(text), text('session'));
    const row = Object.fromEntries(names.map((name) => [name, 'something']));
    const { text: table, left } = columnsTable(columns, [{ ...row, pid: 1, session: 'ada' }], { ...plain, width: 80 });
    const lines = table.trimEnd().split('\n');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/ada$/);
    expect(left).toEqual(names.slice(names.length - left.length));
    expect(left.length).toBeGreaterThan(0);
  });

  it('is as wide as it gets where its columns were asked for', () => {
    const names = Array.from({ length: 12 }, (_, index) => `column_${index}`);
    const columns = fields(...names.map(text));
    const { left, text: table } = columnsTable(columns, [{}], { ...plain, width: 80, mayLeave: false });
    expect(left).toEqual([]);
    for (const name of names) expect(table).toContain(name.toUpperCase());
  });
});
