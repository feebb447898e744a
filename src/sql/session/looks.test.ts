import { describe, expect, it } from 'vitest';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { ask, errorIn, extended, valuesOf } from '../../../test/makers/session-talk.ts';
import { PlumblineError } from '../../model/errors.ts';
import { frontend } from '../protocol/frontend.ts';

const bed = useSessions();
const query = (text: string) => [frontend.query(text)];

describe('looks at the machine', () => {
  it('each statement outside of a block has its own', async () => {
    const peer = bed().open();
    const [first] = await valuesOf(peer, 'select look from processes');
    const [second] = await valuesOf(peer, 'select look from processes');
    expect(Number(second)).toBe(Number(first) + 1);
  });

  it('a block has one, from its first statement that needs it', async () => {
    const peer = bed().open();
    const { looks } = bed().snapshots;
    await ask(peer, 'begin; select 1');
    expect(bed().snapshots.looks).toBe(looks);
    const [first] = await valuesOf(peer, 'select look from processes');
    await ask(peer, 'savepoint a; select 1/0');
    await ask(peer, 'rollback to a; select name from sessions');
    const [last] = await valuesOf(peer, 'select p.look from processes p, sessions limit 1');
    expect(last).toBe(first);
    expect(bed().snapshots.looks).toBe(looks + 1);
    await ask(peer, 'commit; begin');
    expect(await valuesOf(peer, 'select look from processes')).not.toEqual([first]);
  });

  it('statements that come together have one, and so has what comes up to a Sync', async () => {
    const peer = bed().open();
    const { looks } = bed().snapshots;
    await ask(peer, 'select look from processes; select name from sessions; select look from processes');
    expect(bed().snapshots.looks).toBe(looks + 1);
    const one = extended('select look from processes');
    await peer.ask([...one, ...one, frontend.sync()]);
    expect(bed().snapshots.looks).toBe(looks + 2);
    await peer.ask([...one, frontend.sync()]);
    expect(bed().snapshots.looks).toBe(looks + 3);
  });

  it('is kept for more wherever another statement can read of it', async () => {
    const peer = bed().open();
    const isForMore = async (frames: readonly Uint8Array[]) => {
      await peer.ask(frames);
      return bed().snapshots.isForMore;
    };
    const one = 'select look from processes';
    expect(await isForMore(query(one))).toBe(false);
    expect(await isForMore(query(`${one}; select 1`))).toBe(true);
    expect(await isForMore([...extended(one), frontend.sync()])).toBe(true);
    expect(await isForMore(query(one))).toBe(false);
    await ask(peer, 'begin');
    expect(await isForMore(query(one))).toBe(true);
    await ask(peer, 'rollback');
  });

  it('only the tables of a statement are read, and none is for what reads none', async () => {
    const peer = bed().open();
    await ask(peer, 'select count(*) from sessions');
    expect([...(bed().engine.jobs.at(-1)?.tables.keys() ?? [])]).toEqual(['sessions']);
    await ask(peer, 'select 1');
    expect(bed().engine.jobs.at(-1)?.tables.size).toBe(0);
  });

  it('a cursor tells of when it was declared', async () => {
    const peer = bed().open();
    const other = bed().open();
    await ask(peer, 'begin; declare c cursor for select look from processes');
    const { looks } = bed().snapshots;
    await ask(other, 'select look from processes');
    expect(await valuesOf(peer, 'fetch c')).toEqual([String(looks)]);
    await ask(peer, 'rollback');
  });

  it('what was prepared is read when it is executed', async () => {
    const peer = bed().open();
    await ask(peer, 'prepare p as select name from sessions order by 1');
    expect(await valuesOf(peer, 'execute p')).toEqual(['ada', 'bob', 'cy']);
    await peer.ask([frontend.parse('q', 'select name from sessions where pid = $1'), frontend.sync()]);
    expect(await valuesOf(peer, 'execute q (2)')).toEqual(['bob']);
    const plan = await ask(peer, 'explain (analyze, costs off, timing off, summary off) execute q (2)');
    expect(plan.join('\n')).toContain('rows=1');
  });

  it('one that fails is told with its hint, and its block fails', async () => {
    const peer = bed().open();
    await ask(peer, 'begin; savepoint a');
    bed().snapshots.before = () => {
      throw new PlumblineError('blind', 'too little could be seen', { hint: 'run it as root' });
    };
    const fields = errorIn(await peer.ask(query('select name from sessions')));
    bed().snapshots.before = () => {};
    expect(fields.get('C')).toBe('58030');
    expect(fields.get('H')).toBe('run it as root');
    expect(peer.session.status).toBe('E');
    await ask(peer, 'rollback to a');
    expect(await valuesOf(peer, 'select count(*) from sessions')).toEqual(['3']);
    await ask(peer, 'rollback');
  });
});
