import fs from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Extension, PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { file_fdw } from '@electric-sql/pglite/contrib/file_fdw';
import { EngineDied } from './engine-died.ts';

/** What the server inside is started with. */
export interface PgliteStart {
  /** The file of a packed data directory. */
  readonly template: string;
  /** As Postgres knows it. */
  readonly timeZone: string;
  /** Its code, where a thread before has compiled it. */
  readonly code: WebAssembly.Module | null;
}

/** A running PGlite, and what it does not tell by itself. */
export interface RunningPglite {
  readonly db: PGlite;
  readonly memory: WebAssembly.Memory;
  readonly code: WebAssembly.Module;
  /** Why it cannot be used any more; null where it can. */
  readonly whyDead: () => string | null;
}

const PAGE = 64 * 1024;
/** Less, and PGlite does not start. */
const INITIAL_MEMORY = 128 << 20;
/** A statement that needs more fails with `53200`, instead of taking the machine's memory. */
const MAXIMUM_MEMORY = 512 << 20;

/** Other than PGlite's own; on its command line, so that no RESET changes them. */
const SETTINGS: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  // Its log says nothing that answers do not; what ends it is heard.
  log_min_messages: 'fatal',
  // What sorts and joins put aside is in memory as well.
  temp_file_limit: '64MB',
  // Its recursion takes the stack of the thread as well, which it cannot count: so much fits.
  max_stack_depth: '512kB',
};

/**
 * Starts the Postgres in PGlite, in memory.
 * @throws {EngineDied} with the reason that it gave
 */
export async function startPglite({ template, timeZone, code }: PgliteStart): Promise<RunningPglite> {
  const memory = new WebAssembly.Memory({ initial: INITIAL_MEMORY / PAGE, maximum: MAXIMUM_MEMORY / PAGE });
  const death = new Death();
  const hooks = new Hooks(memory);
  const settings = Object.entries({ ...SETTINGS, timezone: timeZone }).flatMap(([name, it]) => ['-c', `${name}=${it}`]);
  const options: PGliteOptions = {
    loadDataDir: new Blob([gunzipSync(fs.readFileSync(template))], { type: 'application/x-tar' }),
    database: 'plumbline',
    extensions: { file_fdw, hooks },
    startParams: [...PGlite.defaultStartParams, ...settings],
    onStderr: (line) => death.hear(line),
    ...(code !== null && { pgliteWasmModule: code as never }),
  };
  try {
    const db = new BarePglite(options);
    await db.waitReady;
    death.watch(db.Module);
    return { db, memory, code: code ?? hooks.code, whyDead: () => death.why };
  } catch (error) {
    throw new EngineDied(death.why ?? wordsOf(error));
  }
}

/** Without what PGlite asks of every database when it has started, to understand answers: they go through as they are. */
class BarePglite extends PGlite {
  override async _initArrayTypes(): Promise<void> {}
}

/** What PGlite lets an extension change before it starts: the memory; and what can be seen then: the compiled code. */
class Hooks implements Extension {
  readonly name = 'hooks';
  readonly #memory: WebAssembly.Memory;
  #code: WebAssembly.Module | undefined;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get code(): WebAssembly.Module {
    if (this.#code === undefined) throw new EngineDied('PGlite has not told of its code');
    return this.#code;
  }

  readonly setup: Extension['setup'] = async (_db, emscriptenOptions) => {
    const { instantiateWasm } = emscriptenOptions;
    emscriptenOptions.wasmMemory = this.#memory;
    emscriptenOptions.instantiateWasm = (imports: object, done: (instance: object, code: WebAssembly.Module) => void) =>
      instantiateWasm(imports, (instance: object, code: WebAssembly.Module) => {
        this.#code = code;
        done(instance, code);
      });
    return { emscriptenOpts: emscriptenOptions };
  };
}

/**
 * Whether the server has stopped. PGlite takes whatever ends a turn of it for an error that is over, and takes the next
 * turn; after a trap or an exit that one spins for ever. So the turns are watched, and after such an end they throw.
 */
class Death {
  why: string | null = null;

  /** A fatal line ends the turn at once: what follows it would wait for a client that is not there. */
  hear(line: string): false {
    const found = /\b(?:FATAL|PANIC): +(.*)$|^(Aborted\(.*)$/.exec(line);
    if (found === null) return false;
    this.why ??= found[1] ?? found[2] ?? line;
    throw new EngineDied(this.why);
  }

  /** These names are PGlite's own, not its interface: it is pinned, and tests let it die. */
  watch(module: PGlite['Module']): void {
    const turn = module._PostgresMainLoopOnce;
    const stop = () => {
      throw new EngineDied(this.why ?? 'it has stopped');
    };
    const nothing = () => {};
    module._PostgresMainLoopOnce = () => {
      try {
        turn();
      } catch (error) {
        if (isLongJump(error)) throw error;
        this.why ??= wordsOf(error);
        Object.assign(module, {
          _PostgresMainLoopOnce: stop,
          stackRestore: stop,
          _PostgresSendReadyForQueryIfNecessary: nothing,
          _pgl_pq_flush: nothing,
        });
        throw error;
      }
    };
  }
}

/** How Postgres goes back to its loop from any error, in PGlite. */
function isLongJump(error: unknown): boolean {
  const LONG_JUMP = 100;
  return typeof error === 'object' && error !== null && 'status' in error && error.status === LONG_JUMP;
}

/** What is thrown out of WebAssembly need not be an error. */
function wordsOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message).slice(0, 500);
  return String(error);
}
