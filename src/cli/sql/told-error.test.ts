import { describe, expect, it, vi } from 'vitest';
import { SqlError } from '../../sql/sql-error.ts';
import { Output, type Problem, type ProblemDetail } from '../output.ts';
import { tellSqlError } from './told-error.ts';

const TABLES = ['sessions', 'homes', 'connections'];

function tell(error: SqlError, text = 'select 1') {
  const output = new Output(false);
  let told: { problem: Problem; detail: ProblemDetail | undefined } | undefined;
  vi.spyOn(output, 'problem').mockImplementation((problem, detail) => {
    told = { problem, detail };
  });
  const code = tellSqlError(output, error, { text, tables: TABLES });
  return { code, hint: told?.problem.hint, lines: told?.detail?.lines, fields: told?.detail?.fields };
}

describe('tellSqlError()', () => {
  it('suggests a table where Postgres does not', () => {
    expect(tell(new SqlError('42P01', 'relation "sesions" does not exist')).hint).toBe('did you mean sessions?');
    expect(tell(new SqlError('42P01', 'relation "pg_x" does not exist')).hint).toBe(
      'tables: sessions, homes, connections',
    );
    expect(tell(new SqlError('42P01', 'relation "homes" does not exist', { hint: 'as it says' })).hint).toBe(
      'as it says',
    );
    expect(tell(new SqlError('42703', 'column "homez" does not exist')).hint).toBe('');
  });

  it('shows the place, and the detail without what a terminal obeys', () => {
    const { lines, fields } = tell(new SqlError('42601', 'no', { detail: 'a\x1bb', position: 8 }), 'select nix');
    expect(lines).toBe('DETAIL: a\\x1Bb\nLINE 1: select nix\n               ^\n');
    expect(fields).toEqual({ sqlstate: '42601', detail: 'a\x1bb', position: 8 });
  });

  it.each([
    ['42601', 2],
    ['25006', 2],
    ['0A000', 2],
    ['22012', 2],
    ['57014', 1],
    ['54000', 1],
    ['53200', 1],
    ['53400', 1],
    ['58030', 3],
    ['57P01', 4],
    ['53300', 4],
    ['58000', 70],
    ['XX000', 70],
  ])('%s ends with %i', (sqlState, code) => {
    expect(tell(new SqlError(sqlState, '')).code).toBe(code);
  });
});
