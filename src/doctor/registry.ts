import { PlumblineError } from '../model/errors.ts';
import type { Host } from '../model/snapshot.ts';
import { checkHost } from '../registry/host.ts';
import { SCHEMA_VERSION } from '../registry/migrate.ts';
import type { Registry } from '../registry/registry.ts';
import { type Finding, fine } from './finding.ts';

/** Which registry to look at. */
export interface RegistryToExamine {
  /** Opens the registry; it may throw, which is a finding. Null: there is none yet, and that is fine. */
  readonly openRegistry: (() => Promise<Registry>) | null;
  /** Where the registry would be, for people. */
  readonly registryPlace: string;
}

/** Whether the registry can be reached, and whether `plumb sync` would be let to read and write this host's rows. */
export async function examineRegistry(
  { openRegistry, registryPlace }: RegistryToExamine,
  host: Host,
): Promise<Finding> {
  if (!openRegistry) return fine('registry', `none yet; plumb sync makes it in ${registryPlace}`);
  try {
    const registry = await openRegistry();
    try {
      return await examineRows(registry, host);
    } finally {
      await registry.close();
    }
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return failed(error.message, error.hint);
  }
}

async function examineRows(registry: Registry, host: Host): Promise<Finding> {
  const { version } = await registry.schema();
  const missing = await registry.missingPrivileges();
  if (missing.length > 0) {
    return failed(`${registry.place}: no right to ${missing.join(', ')}`, 'plumb sync --init shows the least grants');
  }
  const found = `${registry.place}, schema ${version} of ${SCHEMA_VERSION}`;
  if (host.id === null) return fine('registry', found);
  const stored = await registry.read(host.id);
  checkHost(stored, host);
  return fine('registry', `${found}, ${stored.rows.length} row${stored.rows.length === 1 ? '' : 's'} of this host`);
}

function failed(found: string, mend: string): Finding {
  return { what: 'registry', state: 'failed', found, lost: 'plumb sync and plumb registry', mend };
}
