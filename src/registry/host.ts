import { PlumblineError } from '../model/errors.ts';
import type { Host, Snapshot } from '../model/snapshot.ts';
import type { HostRecord, StoredHost } from './row.ts';

/** The id that rows stand under. @throws {PlumblineError} `config` where the machine has none */
export function requireHostId({ id }: Host): string {
  if (id !== null) return id;
  throw new PlumblineError('config', 'rows need a host id, and this machine has no machine-id', {
    hint: 'set [host] id = "…" in the configuration, or pass --host-id',
  });
}

/** What helps where /proc is not whole, or not ours. */
export const MOUNT_PROC = 'mount a whole procfs: mount -t proc proc /proc';

/** Makes sure that the numbers that were seen are ours. @throws {PlumblineError} `blind` */
export function checkSight({ coverage }: Pick<Snapshot, 'coverage'>): void {
  if (!coverage.reasons.some(({ code }) => code === 'foreign_procfs')) return;
  const message = 'rows need our own pids, and this /proc belongs to another pid namespace';
  throw new PlumblineError('blind', message, { hint: MOUNT_PROC });
}

/**
 * Makes sure that these rows are this machine's.
 * Another boot id is a restart only where our boot began after the rows were written; other namespaces are another
 * place in the same boot. Else two places share one host id, and each would end the other's rows.
 *
 * @throws {PlumblineError} `host_conflict`
 */
export function checkHost(stored: StoredHost, host: Host): void {
  const why = whyElsewhere(stored, host);
  if (why === null) return;
  throw new PlumblineError('host_conflict', `two machines or containers share the host id ${host.id}: ${why}`, {
    hint:
      'give each an id of its own: [host] id = "…" in its configuration, or --host-id; if the other is no more ' +
      '(a container that was made anew), plumb sync --adopt-host ends its rows; nothing was written',
  });
}

/** Why the rows are not known to be this place's; null where they are. */
export function whyElsewhere({ record, rows }: StoredHost, host: Host): string | null {
  if (!record) return null;
  if (record.machineUuid !== null && host.machineUuid !== null && record.machineUuid !== host.machineUuid) {
    return `its rows were written on the machine ${record.machineUuid}, and this one is ${host.machineUuid}`;
  }
  if (record.bootId !== host.bootId) {
    const written = Math.max(record.observedAt.getTime(), ...rows.map(({ observedAt }) => observedAt.getTime()));
    if (host.bootedAt && host.bootedAt.getTime() > written) return null;
    return (
      `its rows were written in boot ${record.bootId} at ${new Date(written).toISOString()}, and boot ${host.bootId} ` +
      `began ${host.bootedAt ? host.bootedAt.toISOString() : 'nobody knows when'}, which is not after it`
    );
  }
  if (isSamePlace(record, host)) return null;
  return (
    `its rows were written in this boot from pid namespace ${record.pidNamespace} and time namespace ` +
    `${record.timeNamespace}, and we are in ${host.pidNamespace} and ${host.timeNamespace}`
  );
}

/** Whether rows were counted where we count: a number means the same process in both. */
export function isSamePlace(record: HostRecord, host: Host): boolean {
  return record.pidNamespace === host.pidNamespace && record.timeNamespace === host.timeNamespace;
}
