import { PlumblineError } from '../model/errors.ts';
import type { Host } from '../model/snapshot.ts';
import { checkHost } from '../registry/host.ts';
import { SCHEMA_VERSION } from '../registry/migrate.ts';
import type { Registry } from '../registry/registry.ts';
import { Table } from '../registry/table/table.ts';
import { type Finding, fine } from './finding.ts';

/** Rows can be kept without: a role that had its grants with schema 1 has no right to delete. */
const FOR_OLD_EVENTS = new Set(['select on plumbline.session_events', 'delete on plumbline.session_events']);

/** What rows can be kept without, too: it is for a Postgres that reads the kernel itself. */
const OF_HOMES = / on plumbline\.home(?:s|_rules)$/;

const GRANTS = 'plumb sync --init shows the least grants';

/** Which registry to look at. */
export interface RegistryToExamine {
  /** Opens the registry; it may throw, which is a finding. Null: there is none yet, and one can be made. */
  readonly openRegistry: () => Promise<Registry | Table | null>;
  /** Where the embedded registry would be made, for people. */
  readonly registryPlace: string;
}

/** Whether the registry can be reached, and whether `plumb sync` would be let to read and write this host's rows. */
export async function examineRegistry(
  { openRegistry, registryPlace }: RegistryToExamine,
  host: Host,
): Promise<Finding> {
  try {
    const registry = await openRegistry();
    if (!registry) return fine('registry', `none yet; plumb sync makes it in ${registryPlace}`);
    try {
      return registry instanceof Table ? await examineTable(registry, host) : await examineRows(registry, host);
    } finally {
      await registry.close();
    }
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return failed(error.message, error.hint);
  }
}

/** Somebody else's table: opening it has examined its columns, its key and our rights. */
async function examineTable(table: Table, host: Host): Promise<Finding> {
  if (await table.isReadOnly()) return readOnly(table.place);
  if (host.id === null) return fine('registry', table.place);
  const { length } = await table.read(host.id);
  const renewed = table.mapping.touchSeconds === null ? '' : '; observed_at is renewed, so something is always written';
  return fine('registry', `${table.place}, ${length} row${length === 1 ? '' : 's'} of this host${renewed}`);
}

function readOnly(place: string): Finding {
  return failed(`${place} is read only`, 'name the primary server, or see default_transaction_read_only there');
}

async function examineRows(registry: Registry, host: Host): Promise<Finding> {
  const { version } = await registry.schema();
  const missing = await registry.missingPrivileges();
  const noRight = `${registry.place}: no right to ${missing.join(', ')}`;
  const isNeeded = (it: string) => !FOR_OLD_EVENTS.has(it) && !OF_HOMES.test(it);
  if (missing.some(isNeeded)) return failed(noRight, GRANTS);
  if (await registry.isReadOnly()) {
    return failed(
      `${registry.place} is read only`,
      'name the primary server, or see default_transaction_read_only there',
    );
  }
  const stored = host.id === null ? null : await registry.read(host.id);
  if (stored) checkHost(stored, host);
  if (missing.length > 0) {
    const lost = [
      ...(missing.some((it) => FOR_OLD_EVENTS.has(it)) ? ['the end of old events: they stay for ever'] : []),
      ...(missing.some((it) => OF_HOMES.test(it)) ? ['homes for plumb fdw install --via bpf'] : []),
    ].join('; ');
    return { what: 'registry', state: 'lost', found: noRight, lost, mend: GRANTS };
  }
  const found = `${registry.place}, schema ${version} of ${SCHEMA_VERSION}`;
  if (!stored) return fine('registry', found);
  return fine('registry', `${found}, ${stored.rows.length} row${stored.rows.length === 1 ? '' : 's'} of this host`);
}

function failed(found: string, mend: string): Finding {
  return { what: 'registry', state: 'failed', found, lost: 'plumb sync and plumb registry', mend };
}
