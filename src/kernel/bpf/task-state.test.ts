import { describe, expect, it } from 'vitest';
import { stateLetter } from './task-state.ts';

describe('stateLetter', () => {
  it.each([
    ['R', 0, 0],
    ['S', 0x1, 0],
    ['D', 0x2, 0],
    ['T', 0x4, 0],
    ['t', 0x8, 0],
    ['X', 0, 0x10],
    ['Z', 0, 0x20],
    ['P', 0x40, 0],
  ])('says %s as it is', (letter, state, exitState) => {
    expect(stateLetter(state, exitState)).toBe(letter);
  });

  it('says Z of one that died in any state, and X where it is being reaped', () => {
    expect(stateLetter(0x1, 0x20)).toBe('Z');
    expect(stateLetter(0x80, 0x20)).toBe('Z');
    expect(stateLetter(0x80, 0x30)).toBe('Z');
  });

  it('says I of one that waits for work, and D of one that waits and may be woken by a fatal signal alone', () => {
    expect(stateLetter(0x402, 0)).toBe('I');
    expect(stateLetter(0x102, 0)).toBe('D');
  });

  it('says D of who waits for a lock of a real-time kernel, or is frozen', () => {
    expect(stateLetter(0x1000, 0)).toBe('D');
    expect(stateLetter(0x8000, 0)).toBe('D');
    expect(stateLetter(0x8001, 0)).toBe('D');
  });

  it('does not care for the bits that say whether it may be frozen', () => {
    expect(stateLetter(0x2001, 0)).toBe('S');
  });
});
