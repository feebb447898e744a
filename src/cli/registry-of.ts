import { homedir } from 'node:os';
import type { Settings } from '../config/settings.ts';
import { stateDirectory } from '../config/state-directory.ts';
import { PlumblineError } from '../model/errors.ts';
import type { TableMapping } from '../model/table-mapping.ts';
import { type OpenRegistryOptions, openRegistry, openTable } from '../open-registry.ts';
import type { Registry } from '../registry/registry.ts';
import type { TableUse } from '../registry/table/fitness.ts';
import type { Table } from '../registry/table/table.ts';
import type { Call } from './call.ts';
import { compileLazily } from './compile-lazily.ts';

/** How a command wants its registry. */
interface Wish {
  /** The command, for others that wait: `plumb sync`. */
  readonly label: string;
  readonly mends?: boolean;
  readonly anySchema?: boolean;
}

/** Opens the registry that the settings name. Whoever opens it closes it. */
export function openRegistryOf(
  call: Call,
  settings: Settings,
  wish: Wish & Pick<OpenRegistryOptions, 'answerWithinMs'>,
): Promise<Registry> {
  const { env } = globalThis.process;
  const url = settings.registryUrl;
  const place = url === null ? { directory: embeddedDirectory() } : { url };
  return openRegistry({ ...place, ...wish, env, note: (message) => call.output.note(message) });
}

/** Opens the registry that the settings name, runs, and closes it however that ends. */
export async function withRegistry<T>(
  call: Call,
  settings: Settings,
  wish: Wish,
  run: (registry: Registry) => Promise<T>,
): Promise<T> {
  if (settings.registryUrl === null) await compileLazily();
  const registry = await openRegistryOf(call, settings, wish);
  try {
    return await run(registry);
  } finally {
    await registry.close();
  }
}

/** The same for somebody else's table. */
export async function withTable<T>(
  settings: Settings,
  mapping: TableMapping,
  use: TableUse,
  run: (table: Table) => Promise<T>,
): Promise<T> {
  const table = await openTableOf(settings, mapping, use);
  try {
    return await run(table);
  } finally {
    await table.close();
  }
}

/** Opens somebody else's table, for as long as the caller wants it. */
export async function openTableOf(
  { registryUrl: url }: Settings,
  mapping: TableMapping,
  use: TableUse,
  answerWithinMs?: number,
): Promise<Table> {
  if (url === null) {
    throw new PlumblineError('usage', `the table ${mapping.table} is in no database`, {
      hint: 'name it: --db postgres://…, PLUMBLINE_DATABASE_URL, or [registry] url',
    });
  }
  const { env } = globalThis.process;
  return openTable({ url, env, mapping, use, ...(answerWithinMs !== undefined && { answerWithinMs }) });
}

/** Where the embedded registry of this user lives. */
export function embeddedDirectory(): string {
  return stateDirectory(globalThis.process.env, globalThis.process.getuid?.() === 0, homedir);
}
