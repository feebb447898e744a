import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../../test/makers/memory-in-use.ts';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { ask, BIND, errorIn, valuesOf } from '../../../test/makers/session-talk.ts';
import { type SessionPeer, told } from '../../../test/makers/sql-peers.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { frontend } from '../protocol/frontend.ts';
import { ServerMemory } from './server-memory.ts';

const bed = useSessions();
const query = (text: string) => [frontend.query(text)];

describe('memory', () => {
  const big = "select repeat('x', 1000) from generate_series(1, 100)";

  it('rows that are too many to be kept fail their block, and nothing else', async () => {
    const peer = bed().open({ limits: { heldBytes: 50_000 } });
    await ask(peer, `begin; savepoint a; declare c cursor for ${big}`);
    const fields = errorIn(await peer.ask(query('fetch c')));
    expect(fields.get('C')).toBe('53200');
    expect(fields.get('H')).toContain('Close');
    await ask(peer, 'rollback to a');
    expect(await valuesOf(peer, `declare d cursor for ${big} limit 20; fetch d`)).toHaveLength(1);
    // What is let go of can be used again, as often as wanted.
    for (let count = 0; count < 5; count++) {
      expect(await valuesOf(peer, `close d; declare d cursor for ${big} limit 20; fetch d`)).toHaveLength(1);
    }
    await ask(peer, 'rollback');
    expect(await valuesOf(peer, big)).toHaveLength(100);
  });

  it('so do statements that nobody closes', async () => {
    const peer = bed().open({ limits: { heldBytes: 20_000 } });
    let last = await peer.ask(query('select 1'));
    for (let count = 0; count < 100; count++) {
      last = await peer.ask([frontend.parse(`s${count}`, 'select 1'), frontend.sync()]);
    }
    expect(errorIn(last).get('C')).toBe('53200');
    expect(await valuesOf(peer, 'deallocate all; select 1')).toEqual(['1']);
  });

  it('so do savepoints, up to the end of their transaction', async () => {
    const peer = bed().open({ limits: { heldBytes: 10_000 } });
    await ask(peer, 'begin');
    expect(await ask(peer, 'savepoint a;'.repeat(100))).toContain('ERROR 53200');
    await ask(peer, 'rollback; begin');
    expect(await ask(peer, 'savepoint a; rollback')).toEqual(['done SAVEPOINT', 'done ROLLBACK', 'ready I']);
  });

  it('a result that is too large is refused', async () => {
    const peer = bed().open({ limits: { resultBytes: 50_000 } });
    expect(errorIn(await peer.ask(query(big))).get('C')).toBe('54000');
    expect(await valuesOf(peer, 'select 1')).toEqual(['1']);
  });

  it('rows in any number are told, backwards and in another format too', async () => {
    const peer = bed().open();
    await ask(peer, 'begin; declare c cursor for select generate_series(1, 200000); move all c');
    const all = await ask(peer, 'fetch backward all c');
    expect(all.slice(1, 3)).toEqual(['row "200000"', 'row "199999"']);
    expect(all).toHaveLength(200_000 + 3);
    const fetch = [
      frontend.parse('', 'fetch all c'),
      frontend.bind({ ...BIND, resultFormats: [1] }),
      frontend.execute(''),
    ];
    expect(told(await peer.ask([...fetch, frontend.sync()]))).toHaveLength(200_000 + 4);
    await ask(peer, 'rollback');
  });

  it('of what comes with the values of a portal, nothing is kept but these', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    const long = frontend.close('statement', 'x'.repeat(200_000));
    const bind = (portal: string) => frontend.bind({ ...BIND, portal, statement: 's', parameters: [Buffer.from('v')] });
    await peer.ask([frontend.parse('s', 'select $1'), frontend.sync()]);
    const kept = async () => {
      collectGarbage();
      await new Promise(setImmediate);
      collectGarbage();
      return globalThis.process.memoryUsage().arrayBuffers;
    };
    const before = await kept();
    for (let count = 0; count < 100; count++) await peer.ask([bind(`p${count}`), long, frontend.sync()]);
    expect((await kept()) - before).toBeLessThan(5 << 20);
    expect(told(await peer.ask([frontend.execute('p7'), frontend.sync()]))).toContain('row "v"');
  });

  it('a client that takes nothing is sent nothing more', async () => {
    const sent: number[] = [];
    const taken: (() => void)[] = [];
    const send = (frames: Uint8Array) => {
      sent.push(frames.length);
      return new Promise<void>((resolve) => taken.push(resolve));
    };
    const peer = bed().open({ send });
    const answer = peer.ask(query("select repeat('x', 100000);".repeat(9)));
    for (let count = 1; count <= 5; count++) {
      await waitFor('an answer', () => taken.length > 0);
      expect(sent).toHaveLength(count);
      taken.shift()?.();
    }
    // One that goes in the middle of it is waited for by nobody.
    peer.session.end();
    await answer;
  });
});

describe('memory of all clients', () => {
  const big = "select repeat('x', 1000) from generate_series(1, 2000)";
  const refused = async (peer: SessionPeer) => errorIn(await peer.ask(query(big))).get('C');

  it('a large answer is refused while others are read, a small one is not', async () => {
    const memory = new ServerMemory(3 << 20);
    const reader = new SlowReader();
    const slow = bed().open({ memory, send: reader.send });
    const other = bed().open({ memory });
    const reading = slow.ask(query(big));
    await waitFor('an answer that is on its way', () => reader.isReading);
    expect(await refused(other)).toBe('53200');
    expect(await valuesOf(other, 'select 1')).toEqual(['1']);
    reader.goOn();
    await reading;
    expect(await valuesOf(other, big)).toHaveLength(2000);
  });

  it('what a client has kept is given back when it is gone, once', async () => {
    const memory = new ServerMemory(5 << 20);
    const first = bed().open({ memory });
    const other = bed().open({ memory });
    await ask(first, `begin; declare c cursor for ${big}; fetch c`);
    await ask(other, `begin; declare c cursor for ${big}`);
    expect(errorIn(await other.ask(query('fetch c'))).get('C')).toBe('53200');
    await ask(other, 'rollback');
    first.end();
    await ask(first, 'rollback');
    first.end();
    await ask(other, `begin; declare c cursor for ${big}; fetch c`);
    const third = bed().open({ memory });
    await ask(third, `begin; declare c cursor for ${big}`);
    expect(errorIn(await third.ask(query('fetch c'))).get('C')).toBe('53200');
  });
});

/** Takes nothing of a large message until it is told to. */
class SlowReader {
  isReading = false;
  goOn: () => void = () => {};
  readonly send = (bytes: Uint8Array): Promise<void> | void => {
    if (bytes.length < 1000) return;
    this.isReading = true;
    return new Promise((resolve) => {
      this.goOn = resolve;
    });
  };
}
