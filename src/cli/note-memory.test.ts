import { describe, expect, it } from 'vitest';
import { NoteMemory } from './note-memory.ts';

describe('NoteMemory', () => {
  it('tells a note once for as long as it stands, however long that is', () => {
    const memory = new NoteMemory();
    const told = [0, 1000, 59_000, 118_000, 177_000].map((ms) => memory.fresh(['a'], ms));
    expect(told).toEqual([['a'], [], [], [], []]);
  });

  it('tells what is new beside it', () => {
    const memory = new NoteMemory();
    memory.fresh(['a'], 0);
    expect(memory.fresh(['a', 'b'], 1000)).toEqual(['b']);
  });

  it('tells again what was away for a minute, and not what flickers', () => {
    const memory = new NoteMemory();
    memory.fresh(['a'], 0);
    memory.fresh([], 10_000);
    expect(memory.fresh(['a'], 20_000)).toEqual([]);
    expect(memory.fresh(['a'], 80_001)).toEqual(['a']);
  });
});
