/** FILEID_INO32_GEN, and what xfs has of it for inodes of 64 bits (linux/exportfs.h, fs/xfs/xfs_export.h). */
const OF_32_BITS = 1;
const OF_XFS = 0x81;

/**
 * The generation of an inode, as its file system puts it into a handle for file servers; null in a handle of another form, or of
 * another inode.
 *
 * Source: name_to_handle_at(2), the bytes of the handle, in the machine's byte order
 * Shape:  type 1, 8 bytes: inode, generation (ext4, f2fs); type 1, 12 bytes: generation, inode of 64 bits (tmpfs); type 0x81,
 *   12 bytes: inode of 64 bits, generation (xfs)
 * Units:  none
 */
export function generationOfHandle(type: number, handle: Buffer, ino: bigint): number | null {
  const words = Array.from({ length: handle.length / 4 }, (_, place) => handle.readUInt32LE(place * 4));
  const [first = 0, second = 0, third = 0] = words;
  const wide = (low: number, high: number) => (BigInt(high) << 32n) | BigInt(low);
  if (type === OF_32_BITS && words.length === 2) return BigInt(first) === ino ? second : null;
  if (type === OF_32_BITS && words.length === 3) return wide(second, third) === ino ? first : null;
  if (type === OF_XFS && words.length === 3) return wide(first, second) === ino ? third : null;
  return null;
}
