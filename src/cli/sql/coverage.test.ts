import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../model/coverage.ts';
import { isKnownReason, lackingOf, readCoverage } from './coverage.ts';

const COLUMNS = [
  { name: 'code', typeOid: 25 },
  { name: 'count', typeOid: 20 },
  { name: 'pids', typeOid: 1016 },
  { name: 'damage', typeOid: 1009 },
  { name: 'host_id', typeOid: 25 },
  { name: 'observed_at', typeOid: 25 },
];
const AT = '2026-11-26T02:06:50.123Z';

function read(...rows: readonly (readonly (string | null)[])[]) {
  return readCoverage({ columns: COLUMNS, rows: rows.map((row) => [...row, 'host', AT]), tag: '' });
}

describe('readCoverage()', () => {
  it('puts together what several tables lack, each process once', () => {
    const lacking = read(
      [null, '0', '{}', null],
      ['cwd_denied', '2', '{7,8}', null],
      ['cwd_denied', '2', '{8,9}', null],
      ['malformed', '1', '{}', '{"/proc/1/stat: x"}'],
    );
    expect(lacking).toEqual({
      hostId: 'host',
      observedAt: new Date(AT),
      coverage: {
        complete: false,
        reasons: [
          { code: 'cwd_denied', count: 3, pids: [7, 8, 9] },
          { code: 'malformed', count: 1, pids: [] },
        ],
        damage: ['/proc/1/stat: x'],
      },
      unmatchedPatterns: [],
    });
  });

  it('is complete where no table lacks anything, and nothing where none was read', () => {
    expect(read([null, '0', '{}', null])?.coverage.complete).toBe(true);
    expect(read()).toBeNull();
  });

  it('keeps a reason that a newer server has', () => {
    const [reason] = read(['moon_in_the_way', '1', '{}', null])?.coverage.reasons ?? [];
    expect(reason).toEqual({ code: 'moon_in_the_way', count: 1, pids: [] });
    expect(reason && isKnownReason(reason)).toBe(false);
  });
});

describe('lackingOf()', () => {
  it('is of all looks, and of the time of the first', () => {
    const look = (count: number) => ({
      hostId: 'host',
      observedAt: new Date(count),
      coverage: coverageOf([{ code: 'hidden', count, pids: [] }]),
      unmatchedPatterns: [],
    });
    expect(lackingOf([look(1), look(2)])).toMatchObject({
      observedAt: new Date(1),
      coverage: { complete: false, reasons: [{ code: 'hidden', count: 2 }] },
    });
    expect(lackingOf([])).toBeNull();
  });
});
