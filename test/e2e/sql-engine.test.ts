/** The files of the SQL engine as they are built, beside each other. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../src/sql/engine/open-engine.ts';
import type { ThreadEngine } from '../../src/sql/engine/thread-engine.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { queryJob, rowsIn } from '../makers/engine.ts';
import { PLUMB } from './plumb.ts';

const CHUNKS = path.join(path.dirname(PLUMB), 'chunks');

describe('the built SQL engine', () => {
  let engine: ThreadEngine;
  beforeAll(() => {
    const files = { worker: `${CHUNKS}/engine-worker.cjs`, template: `${CHUNKS}/engine-template.tar.gz` };
    engine = startEngine(files, LIVE_TABLES);
  });
  afterAll(() => engine.close());

  it.each(LIVE_TABLES)('has $name, as it is described', async ({ name, comment, columns }) => {
    const about = `select obj_description('${name}'::regclass), array_to_string(array_agg(attname order by attnum), ' ')
      from pg_attribute where attrelid = '${name}'::regclass and attnum > 0`;
    const names = columns.map((it) => it.name).join(' ');
    expect(rowsIn(await engine.run(queryJob(about)))).toEqual([[comment, names]]);
    const tables = new Map([[name, Buffer.from(`${','.repeat(columns.length - 1)}\n`)]]);
    const [row] = rowsIn(await engine.run(queryJob(`select * from ${name}`, { tables })));
    expect(row).toEqual(columns.map(() => null));
  });
});
