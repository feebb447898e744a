import { describe, expect, it } from 'vitest';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { ask, errorIn, extended, heldUp, valuesOf } from '../../../test/makers/session-talk.ts';
import { told } from '../../../test/makers/sql-peers.ts';
import { frontend } from '../protocol/frontend.ts';

const bed = useSessions();
const query = (text: string) => [frontend.query(text)];

describe('cancel', () => {
  it.each(['look', 'engine'] as const)('ends what waits for the %s, and the session goes on', async (where) => {
    const peer = bed().open();
    await peer.session.start();
    await heldUp(bed(), where, async (reached) => {
      const answer = peer.ask(query('select name from sessions; select 2'));
      await reached();
      peer.session.cancel();
      expect(told(await answer)).toEqual(['ERROR 57014', 'ready I']);
    });
    expect(await valuesOf(peer, 'select count(*) from sessions')).toEqual(['3']);
  });

  it('fails a block', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    await heldUp(bed(), 'engine', async (reached) => {
      const answer = peer.ask([...extended('select 1'), frontend.sync()]);
      await reached();
      peer.session.cancel();
      expect(told(await answer)).toEqual(['ERROR 57014', 'ready E']);
    });
    expect(await ask(peer, 'rollback')).toEqual(['done ROLLBACK', 'ready I']);
  });

  it('between two statements does nothing', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    peer.session.cancel();
    expect(await valuesOf(peer, 'select 1')).toEqual(['1']);
    expect(peer.session.status).toBe('T');
  });
});

describe('time', () => {
  it('a statement may take no longer than its client has said', async () => {
    const peer = bed().open();
    await ask(peer, "set statement_timeout = '61s'");
    await ask(peer, 'select 1');
    const limits = bed().engine.jobs.at(-1)?.limits.ms ?? 0;
    expect(limits).toBeGreaterThan(50_000);
    expect(limits).toBeLessThanOrEqual(60_000);
    expect(await valuesOf(peer, 'show statement_timeout')).toEqual(['61s']);
    await ask(peer, 'set statement_timeout = 20');
    for (const where of ['look', 'engine'] as const) {
      await heldUp(bed(), where, async () => {
        const fields = errorIn(await peer.ask(query('select name from sessions')));
        expect(fields.get('M')).toBe('canceling statement due to statement timeout');
      });
    }
    expect(await valuesOf(peer, 'set statement_timeout = 0; select 1')).toEqual(['1']);
  });

  it('how long it may leave us waiting is told as it has set it', async () => {
    const peer = bed().open();
    expect(peer.session.patience).toEqual({ idleInTransactionMs: 0, transactionMs: 0, idleMs: 0 });
    await ask(peer, "set idle_in_transaction_session_timeout = '2min'; set transaction_timeout = 1500");
    expect(peer.session.patience).toEqual({ idleInTransactionMs: 120_000, transactionMs: 1500, idleMs: 0 });
  });
});
