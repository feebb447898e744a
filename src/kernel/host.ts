import { valueOrNull } from '../model/outcome.ts';
import type { Host } from '../model/snapshot.ts';
import { parseOutcome } from './attempt.ts';
import { INITIAL_PID_NAMESPACE } from './census.ts';
import type { Machine } from './machine.ts';
import { parseBootId } from './parse/boot-id.ts';
import { parseUptime } from './parse/uptime.ts';

/**
 * Who was asked: the machine, its boot, and the namespaces that pids and times are counted in.
 *
 * Source: /proc/sys/kernel/random/boot_id, /proc/self/ns/pid and time, /proc/uptime and
 *         our clock, /etc/machine-id, /sys/class/dmi/id/product_uuid
 * Needs:  nothing; a part that cannot be read is null
 * @param configuredId `host.id` of the configuration
 */
export function readHost(machine: Machine, configuredId: string | null): Host {
  const { procfs, files } = machine;
  const pidNamespace = namespaceInode(valueOrNull(procfs.readlink('self/ns/pid')));
  const machineId = valueOrNull(files.read('/etc/machine-id'));
  const id = configuredId ?? (machineId && Buffer.from(machineId).toString('latin1').trim());
  // In a child pid namespace the machine-id may be the host's, whose pids are others: the name says so.
  const qualified = id && configuredId === null && pidNamespace !== INITIAL_PID_NAMESPACE;
  return {
    id: qualified ? `${id}:${pidNamespace ?? 'unknown'}` : id || null,
    bootId: valueOrNull(parseOutcome(procfs.read('sys/kernel/random/boot_id'), parseBootId)),
    pidNamespace,
    timeNamespace: namespaceInode(valueOrNull(procfs.readlink('self/ns/time'))),
    machineUuid: readMachineUuid(machine),
    bootedAt: readBootTime(machine),
  };
}

/** Many boards have none, and say so with one digit all over. */
function readMachineUuid({ files }: Machine): string | null {
  const bytes = valueOrNull(files.read('/sys/class/dmi/id/product_uuid'));
  const uuid = bytes && Buffer.from(bytes).toString('latin1').trim().toLowerCase();
  return uuid && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) && !/^(.)(?:\1|-)*$/.test(uuid)
    ? uuid
    : null;
}

/** By our clock, which may have been set since: it turns start times into times of day. */
function readBootTime(machine: Machine): Date | null {
  const now = machine.now().getTime();
  const uptime = parseOutcome(machine.procfs.read('uptime'), parseUptime);
  return uptime.kind === 'value' ? new Date(now - uptime.value * 1000) : null;
}

function namespaceInode(link: string | null): bigint | null {
  const digits = link === null ? undefined : /^[a-z_]+:\[(\d{1,20})\]$/.exec(link)?.[1];
  return digits === undefined ? null : BigInt(digits);
}
