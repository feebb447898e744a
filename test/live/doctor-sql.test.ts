import { describe, expect, it } from 'vitest';
import { examineSql } from '../../src/doctor/sql.ts';

describe('examineSql()', () => {
  it('starts the engine and tells its version', async () => {
    const finding = await examineSql();
    expect(finding).toMatchObject({ what: 'sql', state: 'fine' });
    expect(finding.found).toMatch(/^Postgres \d+\.\d+ starts/);
  });
});
