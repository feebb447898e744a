import fs from 'node:fs';
import type { Outcome } from '../../model/outcome.ts';
import { missingFromErrno } from '../../model/outcome.ts';
import { isRefusal, type Refusal, refuse } from '../../model/refusal.ts';
import type { Procfs } from '../procfs.ts';
import { loadLibbpf } from './libbpf.ts';
import { loadIterator } from './load-iterator.ts';
import { objectFile } from './object-file.ts';
import { readIterator } from './read-iterator.ts';
import { readRequirements, refuseFor } from './requirements.ts';

/** An iterator of this process alone: nothing is pinned, and it goes when it is closed or the process ends. */
export interface OwnIterator {
  readonly origin: 'own';
  readonly readArguments: null;
  /** All processes, as they are now; bytes as bpf/record.h has them. */
  read(): Outcome<Uint8Array>;
  close(): void;
}

/** What only a pin takes. */
const FOR_PINS: ReadonlySet<string> = new Set(['mounting', 'bpffs', 'namespace']);

/**
 * Brings `sessions` into the kernel for this process.
 *
 * Source: libbpf, bpf_iter_create
 * Needs:  CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, on the machine itself
 * @returns it, or what is missing
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function openOwnIterator(procfs: Procfs): Promise<OwnIterator | Refusal> {
  const library = await loadLibbpf();
  const loaded = 'kind' in library ? null : loadIterator(library, await objectFile(), 'sessions');
  // What is missing is looked for where it did not work: it mostly does.
  if (loaded === null || isRefusal(loaded)) {
    const requirements = await readRequirements({ procfs, sys: '/sys' });
    const lacking = requirements.filter(({ what, answer }) => answer === 'no' && !FOR_PINS.has(what));
    if (lacking.length > 0) return refuseFor(lacking);
    return loaded ?? refuse('unsupported', 'libbpf does not load');
  }
  if (loaded.kind === 'absent') return refuse('unsupported', 'the object that was built has no iterator of sessions');
  const { link, close } = loaded;
  const last = { bytes: 0 };
  return {
    origin: 'own',
    read: () => {
      const opened = link.open();
      if (typeof opened !== 'number') return missingFromErrno(opened.errno);
      try {
        return readIterator(opened, last);
      } finally {
        fs.closeSync(opened);
      }
    },
    readArguments: null,
    close,
  };
}
