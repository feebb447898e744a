import { describe, expect, it } from 'vitest';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { ask, heldUp, valuesOf } from '../../../test/makers/session-talk.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';

const bed = useSessions();
const query = (text: string) => [frontend.query(text)];

describe('the engine', () => {
  it('that dies of a statement fails it and its block, and nothing else', async () => {
    const peer = bed().open();
    await ask(peer, "set work_mem = '5MB'; begin; savepoint a; declare c cursor for values (1), (2); fetch c");
    bed().engine.before = () => {
      throw new SqlError('58000', 'the database engine has ended while it ran this');
    };
    expect(await ask(peer, 'select 1')).toEqual(['ERROR 58000', 'ready E']);
    bed().engine.before = () => {};
    await ask(peer, 'rollback to a');
    expect(await valuesOf(peer, 'show work_mem')).toEqual(['5MB']);
    await ask(peer, 'rollback');
  });

  it('is shared by clients that do not see each other', async () => {
    const [one, other] = [bed().open({ startup: { application_name: 'one' } }), bed().open()];
    await ask(one, "set work_mem = '5MB'; prepare p as select 1; begin");
    await ask(other, "set work_mem = '6MB'; prepare p as select 2; commit; begin; select 1/0");
    expect(await valuesOf(one, 'execute p')).toEqual(['1']);
    expect(await valuesOf(one, 'show work_mem')).toEqual(['5MB']);
    expect(await valuesOf(one, 'show application_name')).toEqual(['one']);
    await ask(other, 'rollback');
    expect(await valuesOf(other, 'execute p')).toEqual(['2']);
    expect(await valuesOf(other, 'show work_mem')).toEqual(['6MB']);
    expect(await valuesOf(other, 'show application_name')).toEqual(['']);
    await ask(one, 'commit');
  });

  it('is told when a client is gone, which hears nothing any more', async () => {
    const peer = bed().open();
    await peer.session.start();
    await heldUp(bed(), 'engine', async (reached) => {
      const answer = peer.ask(query('select 1'));
      await reached();
      const count = bed().engine.forgotten.length;
      peer.session.end();
      expect(await answer).toHaveLength(0);
      expect(bed().engine.forgotten.length).toBeGreaterThan(count);
      expect(bed().engine.jobs.at(-1)?.signal.aborted).toBe(true);
    });
  });
});
