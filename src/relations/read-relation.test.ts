import { describe, expect, it } from 'vitest';
import { MachineLook } from '../look/machine-look.ts';
import { readRelation } from './read-relation.ts';

describe('readRelation()', () => {
  it('has the columns that are wanted, in their order', async () => {
    const look = await MachineLook.open({});
    const rows = await readRelation(look, 'processes', { columns: ['comm', 'pid'] });
    expect(rows.find(({ pid }) => pid === process.pid)).toBeDefined();
    expect(Object.keys(rows[0] ?? {})).toEqual(['comm', 'pid']);
    expect(await readRelation(look, 'processes', { sessions: [] })).toEqual([]);
  });

  it('refuses what is none', async () => {
    const look = await MachineLook.open({});
    await expect(readRelation(look, 'proceses')).rejects.toThrow('there is no relation proceses');
    await expect(readRelation(look, 'processes', { columns: ['x'] })).rejects.toThrow('processes have no column x');
    await expect(readRelation(look, 'routes', { options: { too: '192.0.2.1' } })).rejects.toThrow(
      'routes have no option too',
    );
  });
});
