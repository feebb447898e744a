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

  it('breaks headings before it shortens what stands below them', () => {
    const columns = fields(number('mount_namespace'), number('id'), text('path'));
    const rows = [{ mount_namespace: 4026531832, id: 22, path: '/srv/agents' }];
    const { text: table } = columnsTable(columns, rows, { ...plain, width: 30 });
    expect(table).toBe('    MOUNT_\n NAMESPACE  ID  PATH\n4026531832  22  /srv/agents\n');
  });

  it('leaves out numbers before words', () => {
    const columns = fields(text('process'), number('pid'), number('receive_queue'), text('local'), text('peer'));
    const rows = [
      { process: 'a-server', pid: 123456, receive_queue: 0, local: '192.0.2.17:443', peer: '198.51.100.3:1' },
    ];
    const { text: table, left } = columnsTable(columns, rows, { ...plain, width: 44 });
    expect(left).toEqual(['receive_queue']);
    expect(table).toMatch(/^PROCESS +PID +LOCAL +PEER\na-server +123456 +…\S+:443 +…\S+:1\n$/);
  });

  it('leaves out the last columns that have no room, never the session, and says which', () => {
    const names = Array.from({ length: 11 }, (_, index) => `column_${index}`);
    const columns = fields(number('pid'), ...names.map(text), text('session'));
    const row = Object.fromEntries(names.map((name) => [name, 'something']));
    const { text: table, left } = columnsTable(columns, [{ ...row, pid: 1, session: 'ada' }], { ...plain, width: 80 });
    const lines = table.trimEnd().split('\n');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toMatch(/ada$/);
    expect(left).toEqual(names.slice(names.length - left.length));
    expect(left.length).toBeGreaterThan(0);
  });

  it('is as wide as it gets where its columns were asked for', () => {
    const names = Array.from({ length: 12 }, (_, index) => `column_${index}`);
    const columns = fields(...names.map(text));
    const { left, text: table } = columnsTable(columns, [{}], { ...plain, width: 80, mayLeave: false });
    expect(left).toEqual([]);
    expect(table.split('\n')[1]?.split(/ +/)).toEqual(names.map((_, index) => String(index)));
  });
});
