import { describe, expect, it } from 'vitest';
import { generationOfHandle } from './file-handle.ts';

const handle = (...words: readonly number[]) => {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [place, word] of words.entries()) bytes.writeUInt32LE(word, place * 4);
  return bytes;
};

describe('generationOfHandle', () => {
  it.each([
    ['ext4', 1, handle(3195514, 0x810307c6), 3195514n, 0x810307c6],
    ['tmpfs', 1, handle(0x4fb899ea, 2, 0), 2n, 0x4fb899ea],
    ['tmpfs, beyond 32 bits', 1, handle(0xffffffff, 2, 1), 0x1_0000_0002n, 0xffffffff],
    ['xfs', 0x81, handle(131, 0, 7), 131n, 7],
    ['another inode of ext4', 1, handle(3195514, 7), 3195515n, null],
    ['another inode of tmpfs', 1, handle(7, 2, 0), 3n, null],
    ['another inode of xfs', 0x81, handle(131, 1, 7), 131n, null],
    ['xfs with its parent', 0x82, handle(131, 0, 7, 128, 0, 9), 131n, null],
    ['btrfs', 0x4d, handle(256, 0, 5, 0, 7), 256n, null],
    ['overlay', 0xf8, handle(1, 2, 3), 2n, null],
    ['nothing', 1, handle(), 0n, null],
  ])('%s', (_, type, bytes, ino, generation) => {
    expect(generationOfHandle(type, bytes, ino)).toBe(generation);
  });
});
