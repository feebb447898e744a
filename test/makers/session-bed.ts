import { afterAll, beforeAll } from 'vitest';
import { ServerMemory } from '../../src/sql/session/server-memory.ts';
import { openStatements } from '../../src/sql/statement/parse-statements.ts';
import type { ParseStatements } from '../../src/sql/statement/statement.ts';
import type { LiveSnapshot, LiveTable, Snapshots, TableNeeds } from '../../src/sql/tables/live-table.ts';
import { InProcessEngine } from './in-process-engine.ts';
import { SessionPeer } from './sql-peers.ts';

const column = (name: string, type: string) => ({ name, type, comment: name });

/** Tables with a fixed text; `counted` tells of each look which one it is. */
export const TABLES: readonly LiveTable[] = [
  { name: 'sessions', comment: 'sessions', columns: [column('name', 'text'), column('pid', 'bigint')] },
  { name: 'processes', comment: 'processes', columns: [column('look', 'bigint'), column('comm', 'text')] },
];

/** Looks at a machine that does not change, and a count of them. */
class FixedSnapshots implements Snapshots {
  looks = 0;
  /** Whether more was to be read of the last one than by its first statement. */
  isForMore = false;
  readonly needs: TableNeeds[] = [];
  /** Called before each reading: what it throws, the reading has failed with. */
  before: (needs: TableNeeds) => Promise<void> | void = () => {};

  take(_: TableNeeds, { isBlock }: { readonly isBlock: boolean }): FixedSnapshot {
    this.looks++;
    this.isForMore = isBlock;
    const texts = { sessions: 'ada,1\nbob,2\ncy,3\n', processes: `${this.looks},bash\n` };
    return new FixedSnapshot(new Map(Object.entries(texts)), async (needs) => {
      this.needs.push(needs);
      await this.before(needs);
    });
  }
}

class FixedSnapshot implements LiveSnapshot {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #before: (needs: TableNeeds) => Promise<void>;

  constructor(texts: ReadonlyMap<string, string>, before: (needs: TableNeeds) => Promise<void>) {
    this.#texts = texts;
    this.#before = before;
  }

  async read(needs: TableNeeds): Promise<ReadonlyMap<string, Uint8Array>> {
    await this.#before(needs);
    return new Map([...needs.tables].map((name) => [name, Buffer.from(this.#texts.get(name) ?? '')]));
  }

  lacking(): never {
    throw new Error('a session asks nobody what a table lacks');
  }
}

/** Starts an engine before the tests of this block, and ends it after them. */
export function useSessions(): () => Bed {
  let bed: Bed | undefined;
  beforeAll(async () => {
    bed = new Bed(await InProcessEngine.start(TABLES), await openStatements(TABLES));
  });
  afterAll(async () => {
    await bed?.engine.close();
  });
  return () => {
    if (bed === undefined) throw new Error('sessions are there only while the tests of their block run');
    return bed;
  };
}

/** What sessions are opened over. */
export class Bed {
  readonly engine: InProcessEngine;
  readonly snapshots = new FixedSnapshots();
  readonly #parse: ParseStatements;

  constructor(engine: InProcessEngine, parse: ParseStatements) {
    this.engine = engine;
    this.#parse = parse;
  }

  open({
    startup = {},
    limits = {},
    memory = new ServerMemory(1 << 30),
    send = () => {},
  }: OpenOptions = {}): SessionPeer {
    const all = {
      statementMs: 60_000,
      sharedMs: 60_000,
      waitMs: 60_000,
      resultBytes: 64 << 20,
      heldBytes: 64 << 20,
      ...limits,
    };
    const options = {
      parse: this.#parse,
      engine: this.engine,
      snapshots: this.snapshots,
      limits: all,
      memory,
      startup: new Map(Object.entries(startup)),
    };
    return new SessionPeer(options, send);
  }
}

interface OpenOptions {
  readonly startup?: Readonly<Record<string, string>>;
  readonly limits?: Partial<{ statementMs: number; resultBytes: number; heldBytes: number }>;
  /** What it shares with others. */
  readonly memory?: ServerMemory;
  readonly send?: (frames: Uint8Array) => Promise<void> | void;
}
