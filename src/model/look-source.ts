/** What a look reads all processes from. */
export type LookSource = 'procfs' | 'bpf';

/** What may be asked for. */
export const SOURCE_CHOICES = ['auto', 'procfs', 'bpf'] as const;

/**
 * - `auto`: the kernel's iterator where one is pinned that may be read and believed, else /proc.
 * - `procfs`: /proc, as where there is no iterator.
 * - `bpf`: the pinned iterator, else one of our own, else an error.
 */
export type SourceChoice = (typeof SOURCE_CHOICES)[number];
