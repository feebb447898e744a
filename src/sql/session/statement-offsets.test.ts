import { beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../test/makers/session-bed.ts';
import { openStatements } from '../statement/parse-statements.ts';
import type { ParseStatements } from '../statement/statement.ts';
import { statementOffsets } from './statement-offsets.ts';

let parse: ParseStatements = () => [];
beforeAll(async () => {
  parse = await openStatements(TABLES);
});

describe('where statements stand in their text', () => {
  it.each([
    ['select 1', [0]],
    ['  select 1;select 2', [2, 11]],
    ['select 1; /* select 2 */ select 2', [0, 25]],
    ['-- select 1\nselect 1', [12]],
    ['/* a /* select 1 */ b */ select 1;;; select 1', [25, 37]],
    ["select '\u00e9\u{1f600}'; select 2", [0, 13]],
    ["select ';'; select ';'", [0, 12]],
  ])('%j', (text, offsets) => {
    expect(statementOffsets(text, parse(text))).toEqual(offsets);
  });

  it('is found behind a COPY that is told in other words', () => {
    const text = 'copy sessions to stdout; select 1';
    const statements = parse(text);
    expect(statements[0]?.text).not.toBe('copy sessions to stdout');
    expect(statementOffsets(text, statements)).toEqual([0, 25]);
  });
});
