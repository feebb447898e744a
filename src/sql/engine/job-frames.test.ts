import { describe, expect, it } from 'vitest';
import { queryJob } from '../../../test/makers/engine.ts';
import { frontend } from '../protocol/frontend.ts';
import { checkJob, checkUnits } from './job-frames.ts';

const query = frontend.query('select 1');
const parse = frontend.parse('a', 'select 1');
const sync = frontend.sync();
const joined = (...frames: readonly Uint8Array[]) => Buffer.concat(frames);

describe('checkJob()', () => {
  it.each([
    ['a query', query],
    ['messages and a sync', joined(parse, frontend.describe('statement', 'a'), frontend.execute(''), sync)],
    ['a sync', sync],
  ])('takes %s', (_what, frames) => {
    expect(() => checkJob(queryJob('', { frames, statement: { name: 'a', frames } }))).not.toThrow();
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['two queries', joined(query, query)],
    ['messages without a sync', parse],
    ['two syncs', joined(sync, sync)],
    ['messages before a query', joined(parse, query)],
    ['data of a copy', joined(Buffer.from('c\0\0\0\x04'), sync)],
    ['an end', frontend.terminate()],
  ])('refuses %s', (_what, frames) => {
    expect(() => checkJob(queryJob('', { frames }))).toThrow(RangeError);
  });

  it('refuses a message in part, here and in what makes a prepared statement', () => {
    expect(() => checkJob(queryJob('', { frames: query.subarray(0, -1) }))).toThrow('holds no message');
    expect(() => checkJob(queryJob('select 1', { statement: { name: 'a', frames: parse } }))).toThrow(RangeError);
  });
});

describe('checkUnits()', () => {
  it('takes several, or none', () => {
    expect(() => checkUnits(joined(query, parse, sync, query))).not.toThrow();
    expect(() => checkUnits(new Uint8Array())).not.toThrow();
    expect(() => checkUnits(joined(query, parse))).toThrow(RangeError);
  });
});
