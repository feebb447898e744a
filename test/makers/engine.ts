import { engineTemplateFile } from '../../scripts/engine-template.mjs';
import { engineWorkerFile } from '../../scripts/engine-worker.mjs';
import { createTables } from '../../src/sql/engine/ddl.ts';
import type { EngineJob } from '../../src/sql/engine/engine.ts';
import type { EngineFiles } from '../../src/sql/engine/open-engine.ts';
import { commandTag, framesOf, rowValues, sqlErrorOf } from '../../src/sql/protocol/answer.ts';
import { frontend } from '../../src/sql/protocol/frontend.ts';
import type { LiveTable } from '../../src/sql/tables/live-table.ts';

const column = (name: string, type: string) => ({ name, type, comment: `what ${name} is` });

/** Tables of a test's own, with every type that there is. */
export const TABLES: readonly LiveTable[] = [
  {
    name: 'things',
    comment: 'it\'s a table; with \\ and "quotes"',
    columns: [
      column('name', 'text'),
      column('pid', 'bigint'),
      column('inode', 'numeric(20)'),
      column('is_live', 'boolean'),
      column('words', 'text[]'),
      column('more', 'jsonb'),
      column('host_id', 'text'),
      column('observed_at', 'timestamptz'),
    ],
  },
  { name: 'others', comment: 'others', columns: [column('id', 'bigint'), column('what is it', 'text')] },
];

/** A job of one Query. */
export function queryJob(sql: string, more: Partial<EngineJob> = {}): EngineJob {
  return {
    owner: TABLES,
    settings: () => new Uint8Array(),
    statement: null,
    tables: new Map(),
    frames: frontend.query(sql),
    limits: { ms: 60_000, sharedMs: 60_000, waitMs: 60_000, bytes: 64 << 20 },
    signal: new AbortController().signal,
    ...more,
  };
}

/** An answer's rows as text. @throws {SqlError} where it tells of one */
export function rowsIn(answer: Uint8Array): readonly (readonly (string | null)[])[] {
  const found: (string | null)[][] = [];
  for (const { type, body } of framesOf(answer)) {
    if (type === 'E') throw sqlErrorOf(body);
    if (type === 'D') found.push(rowValues(body).map((it) => (it === null ? null : Buffer.from(it).toString())));
  }
  return found;
}

/** The letters of an answer's messages. */
export function lettersIn(answer: Uint8Array): string {
  return [...framesOf(answer)].map(({ type }) => type).join('');
}

/** What an answer says of its commands: `SELECT 1`. */
export function tagsIn(answer: Uint8Array): readonly string[] {
  return [...framesOf(answer)].filter(({ type }) => type === 'C').map(({ body }) => commandTag(body));
}

/** Files of an engine that has these tables. */
export async function filesFor(tables: readonly LiveTable[]): Promise<EngineFiles> {
  return { worker: await engineWorkerFile(), template: engineTemplateFile(createTables(tables)) };
}
