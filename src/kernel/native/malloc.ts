import { loadKoffi } from './koffi.ts';

/** M_MMAP_THRESHOLD of mallopt(3). */
const MMAP_THRESHOLD = -3;

/** Blocks from here on. */
const LARGE_BYTES = 512 * 1024;

/**
 * Has the C library give large blocks back to the system when they are freed. By itself it stops doing so for blocks as
 * large as one that was freed once, and then keeps what a thread had when it ends: up to 60 MB of each thread.
 *
 * Source: mallopt(3), glibc
 * Needs:  koffi
 * @returns false where nothing was changed: koffi does not load; or it is musl, which does so anyway
 */
export async function giveBackLargeBlocks(): Promise<boolean> {
  try {
    const koffi = await loadKoffi();
    const mallopt = koffi.load(null).func('int mallopt(int what, int value)') as (what: number, is: number) => number;
    return mallopt(MMAP_THRESHOLD, LARGE_BYTES) === 1;
  } catch {
    // The same work is done with more memory.
    return false;
  }
}

/**
 * Makes what gives free memory of all threads back to the system: what a thread had that has ended stays with the process
 * otherwise, and the next one is given other memory.
 *
 * Source: malloc_trim(3), glibc
 * Needs:  koffi
 * @returns what does nothing where koffi does not load, or the C library has no such function
 */
export async function loadMemoryTrim(): Promise<() => void> {
  try {
    const koffi = await loadKoffi();
    const trim = koffi.load(null).func('int malloc_trim(size_t keep)');
    // On another thread: it takes some milliseconds.
    return () => trim.async(0, () => {});
  } catch {
    return () => {};
  }
}
