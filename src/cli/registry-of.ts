import { homedir } from 'node:os';
import type { Settings } from '../config/settings.ts';
import { stateDirectory } from '../config/state-directory.ts';
import { type OpenRegistryOptions, openRegistry } from '../open-registry.ts';
import type { Registry } from '../registry/registry.ts';
import type { Call } from './call.ts';

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

/** Where the embedded registry of this user lives. */
export function embeddedDirectory(): string {
  return stateDirectory(globalThis.process.env, globalThis.process.getuid?.() === 0, homedir);
}

/**
 * The embedded Postgres is a program of WebAssembly, used for a moment: compiling it well takes longer than running it
 * badly, and the program would wait for the compiler at its end. Measured: 0.33 s instead of 0.5 s, 114 MB instead of
 * 162 MB (docs/performance.md).
 */
async function compileLazily(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--wasm-tiering-budget=2000000000');
}
