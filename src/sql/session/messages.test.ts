import { describe, expect, it } from 'vitest';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { ask, BIND, errorIn, extended } from '../../../test/makers/session-talk.ts';
import { told } from '../../../test/makers/sql-peers.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';

const bed = useSessions();

describe('messages', () => {
  it('one that could not be understood fails what comes with it', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    await peer.session.fail(new SqlError('08P01', 'invalid message format'));
    expect(told(await peer.ask([...extended('select 1'), frontend.sync()]))).toEqual(['ready E']);
    await ask(peer, 'rollback');
  });

  it('rows of a type that has no way in cannot be told in another format than they are held in', async () => {
    const peer = bed().open();
    await ask(peer, 'begin; declare c cursor for select row(1, 2); fetch 0 c');
    const binary = frontend.bind({ ...BIND, resultFormats: [1] });
    const answer = await peer.ask([frontend.parse('', 'fetch c'), binary, frontend.execute(''), frontend.sync()]);
    expect(errorIn(answer).get('C')).toBe('0A000');
    await ask(peer, 'rollback');
  });
});
