/** The major number of the pseudo-terminals' slave side; the kernel uses this one for all of them. */
const PTS_MAJOR = 136;

/**
 * Splits a terminal's device number.
 * The minor has 20 bits in two pieces: pts/256 is 1083392, not 34816 + 256.
 *
 * Source: /proc/<pid>/stat field 7, new_encode_dev() in include/linux/kdev_t.h
 * Shape:  major and minor; index is N of pts/N, null for other terminals
 * Units:  none
 */
export function splitTtyNr(ttyNr: number): { major: number; minor: number; index: number | null } {
  const major = (ttyNr >>> 8) & 0xfff;
  const minor = (ttyNr & 0xff) | ((ttyNr >>> 12) & 0xfff00);
  return { major, minor, index: major === PTS_MAJOR ? minor : null };
}

/**
 * Puts a pseudo-terminal's device number together, as stat tells it: the number above, the other way round.
 *
 * Source: /proc/<pid>/stat field 7, new_encode_dev() in include/linux/kdev_t.h
 * Shape:  one number
 * Units:  none
 */
export function ptsTtyNr(index: number): number {
  return ((index & 0xfff00) << 12) | (PTS_MAJOR << 8) | (index & 0xff);
}
