import { describe, expect, it } from 'vitest';
import type { RowState } from '../../registry/history.ts';
import { describeChange } from './history.ts';

const ROW: RowState = {
  bootId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  pid: 120,
  startTimeTicks: 7n,
  exe: { dev: 8n, ino: 1n },
  status: 'alive',
  terminal: 'pts/3',
  pane: null,
  home: '/srv/agents/ada',
  command: 'claude',
};

describe('describeChange()', () => {
  it.each<[event: string, expected: string, after: Partial<RowState>]>([
    ['moved', 'pts/3 → pts/5', { terminal: 'pts/5' }],
    ['detached', 'pts/3 → no terminal', { terminal: null, home: null }],
    ['wandered', '/srv/agents/ada → outside', { terminal: null, home: null }],
    ['reexec', 'claude → codex, program 8:1 → 8:2', { command: 'codex', exe: { dev: 8n, ino: 2n }, terminal: null }],
    ['reexec', '', { exe: null }],
    ['died', 'alive → dead', { status: 'dead' }],
    ['died', 'pid 120 → 121', { pid: 121, startTimeTicks: 9n }],
    ['started', 'pid 120 → 121, pts/3 → pts/5', { pid: 121, startTimeTicks: 9n, terminal: 'pts/5' }],
    ['started', 'another process with pid 120', { startTimeTicks: 9n }],
    ['started', 'another process with pid 120', { bootId: '00000002-8b86-4d01-b42d-00cf4fc964ff' }],
    ['ambiguous', 'alive → ambiguous, pid 120 → none', { status: 'ambiguous', pid: null, startTimeTicks: null }],
    ['a word of a newer plumb', 'no pane → %1', { pane: '%1' }],
    ['constructor', 'alive → dead', { status: 'dead' }],
  ])('%s: %s', (event, expected, changed) => {
    expect(describeChange({ event, before: ROW, after: { ...ROW, ...changed } })).toBe(expected);
  });

  it('says new of a new row, and nothing of what an older plumb has not kept', () => {
    expect(describeChange({ event: 'started', before: null, after: ROW })).toBe('new');
    expect(describeChange({ event: 'moved', before: null, after: null })).toBe('');
  });
});
