import type { Settings } from '../../config/settings.ts';
import type { Engine } from '../../sql/engine/engine.ts';
import { openEngine } from '../../sql/engine/open-engine.ts';
import { openSession } from '../../sql/session/open-session.ts';
import { ServerMemory } from '../../sql/session/server-memory.ts';
import type { SqlSession } from '../../sql/session/session.ts';

import type { ParseStatements } from '../../sql/statement/statement.ts';
import type { Snapshots, TellingSnapshot, TellingSnapshots } from '../../sql/tables/live-table.ts';

import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { snapshotsOf } from '../../sql/tables/snapshots.ts';
import { compileLazily } from '../compile-lazily.ts';
import type { Answered, Answering } from './answer.ts';
import { lackingOf } from './coverage.ts';
import { readAnswer } from './frames.ts';

/** What our own engine is asked with. */
export interface EngineToAsk {
  readonly settings: Settings;
  /** Is loaded while the engine starts. */
  readonly parser: Promise<ParseStatements>;
  /** How long a statement may take. */
  readonly timeoutMs: number;
  /** Bytes of the answer. */
  readonly maxBytes: number;
  /** Told what Postgres says besides. */
  readonly note: (message: string) => void;
}

/** What a client says of itself; times are told as everywhere else. */
const STARTUP: ReadonlyMap<string, string> = new Map([
  ['user', 'plumb'],
  ['database', 'plumbline'],
  ['TimeZone', 'UTC'],
]);

/**
 * What a start and a usual answer stay below, and a query of more than a second does not. Measured, with the CPU time of
 * `select 1` and of a product of 6 million rows: 0.9 and 1.95 s; 1.7 and 2.6 s with V8's own budget of 1.8 million.
 */
const COMPILE_BUDGET = 500_000_000;

/** Starts an engine for one answer, in a thread of its own; close it, or the program lives on. */
export async function askEngine({ settings, parser, timeoutMs, maxBytes, note }: EngineToAsk): Promise<Answering> {
  await compileLazily(COMPILE_BUDGET);
  const looks = new Looks(snapshotsOf({ settings }));
  const engine = await openEngine(LIVE_TABLES);
  // Else the thread would go on where there is no parser.
  const parse = await parser.catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  const pieces: Uint8Array[] = [];
  const session = openSession({
    parse,
    engine,
    snapshots: looks,
    limits: {
      statementMs: timeoutMs,
      sharedMs: Number.POSITIVE_INFINITY,
      waitMs: Number.POSITIVE_INFINITY,
      resultBytes: maxBytes,
      heldBytes: maxBytes,
    },
    memory: new ServerMemory(2 * maxBytes),
    startup: STARTUP,
    send: (frames) => {
      pieces.push(frames);
    },
  });
  return new OwnEngine({ engine, session, looks, pieces, note });
}

/** Keeps what was looked at, for what it has lacked. */
class Looks implements Snapshots {
  readonly taken: TellingSnapshot[] = [];
  readonly #snapshots: TellingSnapshots;

  constructor(snapshots: TellingSnapshots) {
    this.#snapshots = snapshots;
  }

  take(...how: Parameters<Snapshots['take']>): TellingSnapshot {
    const snapshot = this.#snapshots.take(...how);
    this.taken.push(snapshot);
    return snapshot;
  }
}

interface Parts {
  readonly engine: Engine;
  readonly session: SqlSession;
  readonly looks: Looks;
  /** What the session has sent. */
  readonly pieces: readonly Uint8Array[];
  readonly note: (message: string) => void;
}

class OwnEngine implements Answering {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async answer(text: string): Promise<Answered> {
    const { session, looks, pieces, note } = this.#parts;
    await session.query(text);
    const { results, notices, error } = readAnswer(Buffer.concat(pieces));
    for (const notice of notices) note(notice);
    if (error !== null) throw error;
    const lacking = await Promise.all(looks.taken.map((it) => it.lacking()));
    return { results, look: lackingOf(lacking) };
  }

  async close(): Promise<void> {
    this.#parts.session.end();
    await this.#parts.engine.close();
  }
}
