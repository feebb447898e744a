import { describe, expect, it } from 'vitest';
import { loadKoffi } from './koffi.ts';
import { giveBackLargeBlocks } from './malloc.ts';

describe('giveBackLargeBlocks()', () => {
  it('keeps large blocks apart from the heap, after a larger one was freed too', async () => {
    const koffi = await loadKoffi();
    const libc = koffi.load(null);
    // mallinfo(3): hblks is how many blocks stand apart.
    const names = 'arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost'.split(' ');
    koffi.struct('Mallinfo2', Object.fromEntries(names.map((name) => [name, 'size_t'])));
    const mallinfo2 = libc.func('Mallinfo2 mallinfo2()') as () => { readonly hblks: number };
    const malloc = libc.func('void *malloc(size_t bytes)') as (bytes: number) => unknown;
    const free = libc.func('void free(void *block)') as (block: unknown) => void;
    const apartOf = (bytes: number) => {
      const before = mallinfo2().hblks;
      const block = malloc(bytes);
      const apart = mallinfo2().hblks - before;
      free(block);
      return apart;
    };
    expect(await giveBackLargeBlocks()).toBe(true);
    expect([apartOf(16 << 20), apartOf(1 << 20), apartOf(100 << 10)]).toEqual([1, 1, 0]);
  });
});
