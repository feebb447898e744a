import { valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { isClosedByExec } from './parse/proc-fdinfo.ts';
import { type Procfs, withProcess } from './procfs.ts';

/** Standard input, output and error, which every child gets anew. */
const STREAMS = 3;

/**
 * Our own descriptors that a child would inherit beside its streams: what we were started with ourselves. Node opens its
 * own so that they are closed, and of those that it finds at its start closes only the first ones.
 *
 * Source: /proc/self/fd; fdinfo/<fd>, line flags, since Linux 3.1
 * Needs:  nothing
 */
export function inheritedDescriptors(procfs: Procfs): number[] {
  const found = withProcess(procfs, procfs.selfPid, (own) => {
    const fds = own.list('fd');
    if (fds.kind !== 'value') return fds;
    const kept = fds.value.filter(
      (fd) => valueOrNull(parseOutcome(own.read(`fdinfo/${fd}`), isClosedByExec)) === false,
    );
    return { kind: 'value', value: kept.map(Number).filter((fd) => fd >= STREAMS) } as const;
  });
  return valueOrNull(found) ?? [];
}
