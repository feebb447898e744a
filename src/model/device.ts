/** `254:0`: a device number as stat(2) encodes it, in the words of mountinfo and lslocks. */
export function deviceWord(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
