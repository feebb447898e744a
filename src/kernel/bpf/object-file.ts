/** Where the object with the iterators is, or would be if it were built. */
export async function objectFile(): Promise<string> {
  // The build knows, and is asked only by who needs it.
  return (await import('plumbline:bpf-object')).file;
}
