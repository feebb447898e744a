import { describe, expect, it } from 'vitest';
import { placeLines } from './place.ts';

describe('placeLines()', () => {
  it('shows the line with a mark below the place', () => {
    expect(placeLines('select *\n  from sesions', 17)).toBe('LINE 2:   from sesions\n               ^\n');
  });

  it('marks the end of a statement that ends too early', () => {
    expect(placeLines('select', 7)).toBe('LINE 1: select\n              ^\n');
  });

  it('counts characters as Postgres does, and columns as a terminal does', () => {
    expect(placeLines("select '\u{1f600}' x y", 14)).toBe(`LINE 1: select '\u{1f600}' x y\n${' '.repeat(22)}^\n`);
    expect(placeLines("select '\u65e5\u672c' frm", 13)).toBe(
      "LINE 1: select '\u65e5\u672c' frm\n                      ^\n",
    );
  });

  it('shows nothing that a terminal obeys', () => {
    expect(placeLines("select '\x1b[31m', nix", 17)).toBe(
      "LINE 1: select '\\x1B[31m', nix\n                           ^\n",
    );
    expect(placeLines('select\tnix', 8)).toBe('LINE 1: select\\tnix\n                ^\n');
  });

  it('cuts a long line on both sides of the place', () => {
    const statement = `select ${'a, '.repeat(500)}nix, ${'b, '.repeat(500)}c`;
    const [line = '', mark = ''] = placeLines(statement, statement.indexOf('nix') + 1).split('\n');
    expect(line.length).toBeLessThan(140);
    expect(line.slice(mark.indexOf('^'), mark.indexOf('^') + 3)).toBe('nix');
    expect(line).toMatch(/^LINE 1: \.\.\..*\.\.\.$/);
  });

  it('takes a position that no character has', () => {
    expect(placeLines('', 1)).toBe('LINE 1:\n        ^\n');
    expect(placeLines('select 1', 99)).toBe('LINE 1: select 1\n                ^\n');
  });
});
