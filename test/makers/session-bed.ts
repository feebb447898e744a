import { afterAll, beforeAll } from 'vitest';
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
export class FixedSnapshots implements Snapshots {
  looks = 0;
  readonly needs: TableNeeds[] = [];
  /** Called before each reading: what it throws, the reading has failed with. */
  before: (needs: TableNeeds) => Promise<void> | void = () => {};

  take(): LiveSnapshot {
    this.looks++;
    const texts: Readonly<Record<string, string>> = {
      sessions: 'ada,1\nbob,2\ncy,3\n',
      processes: `${this.looks},bash\n`,
    };
    return {
      read: async (needs) => {
        this.needs.push(needs);
        await this.before(needs);
        return new Map([...needs.tables].map((name) => [name, Buffer.from(texts[name] ?? '')]));
      },
    };
  }
}

/** Starts an engine before the tests of this block, and ends it after them. */
export function useSessions(): () => Bed {
  let bed: Bed | undefined;
  beforeAll(async () => {
    bed = new Bed(await InProcessEngine.start(TABLES));
  });
  afterAll(async () => {
    await bed?.engine.close();
  });
  return () => {
    if (bed === undefined) throw new Error('sessions are there only while the tests of their block run');
    return bed;
  };
}

class Bed {
  readonly engine: InProcessEngine;
  readonly snapshots = new FixedSnapshots();

  constructor(engine: InProcessEngine) {
    this.engine = engine;
  }

  open({ startup = {}, limits = {}, send = () => {} }: OpenOptions = {}): SessionPeer {
    const all = { statementMs: 60_000, resultBytes: 64 << 20, heldBytes: 64 << 20, ...limits };
    const options = {
      engine: this.engine,
      snapshots: this.snapshots,
      limits: all,
      startup: new Map(Object.entries(startup)),
    };
    return new SessionPeer(options, send);
  }
}

interface OpenOptions {
  readonly startup?: Readonly<Record<string, string>>;
  readonly limits?: Partial<{ statementMs: number; resultBytes: number; heldBytes: number }>;
  readonly send?: (frames: Uint8Array) => Promise<void> | void;
}
