import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { WireClient } from '../../../test/makers/wire-client.ts';
import { serverOf } from '../../../test/makers/wire-server.ts';
import { frontend } from '../../sql/protocol/frontend.ts';
import { encodeStartup } from '../../sql/protocol/startup-packet.ts';

describe('startServer()', () => {
  it('serves a client: start, query, extended query, error, terminate', async () => {
    const { port, log } = await serverOf();
    const client = await WireClient.connect(port);
    client.startup({ application_name: 'x', options: '-c a=b\\ c --d-e=f' });
    expect((await client.ready()).map(({ type }) => type).join('')).toBe('RSSKZ');
    expect(Object.fromEntries(log.startups[0] ?? [])).toEqual({
      user: 'ada',
      database: 'plumbline',
      application_name: 'x',
      a: 'b c',
      d_e: 'f',
    });
    expect(await client.value('echo hé')).toBe('hé');
    expect(await client.query('nonsense')).toBe('EZ');
    client.send(frontend.parse('', 'echo 1'), frontend.execute(''), frontend.sync());
    expect((await client.ready()).map(({ type }) => type).join('')).toBe('1DCZ');
    client.send(frontend.terminate());
    await client.closed();
    expect(log).toMatchObject({ started: 1, ended: 1 });
  });

  it('says N to encryption where there is none, and goes on', async () => {
    const { port } = await serverOf();
    const client = await WireClient.connect(port);
    client.send(encodeStartup({ kind: 'gss' }));
    expect(await client.byte()).toBe('N');
    client.send(encodeStartup({ kind: 'ssl' }));
    expect(await client.byte()).toBe('N');
    client.startup();
    await client.ready();
    client.destroy();
  });

  it('tells a newer protocol which one is spoken, and gives it a longer key', async () => {
    const { port } = await serverOf();
    for (const [minor, options, told, keyBytes] of [
      [2, {}, 'R', 36],
      [9, { '_pq_.x': '1' }, 'v', 36],
      [0, { '_pq_.x': '1' }, 'v', 8],
    ] as const) {
      const client = await WireClient.connect(port);
      client.startup(options, minor);
      const all = await client.ready();
      expect(all[0]?.type).toBe(told);
      expect(all.find(({ type }) => type === 'K')?.body).toHaveLength(keyBytes);
      client.destroy();
    }
  });

  it.each([
    [{ database: 'other' }, '3D000'],
    [{ replication: 'database' }, '0A000'],
    [{ user: '' }, '28000'],
    [{ options: '-X' }, '42601'],
    [{ wrong: '1' }, '42704'],
  ])('refuses %j', async (parameters, state) => {
    const { port, log } = await serverOf();
    const client = await WireClient.connect(port);
    client.startup(parameters as Record<string, string>);
    expect(await client.lastWords()).toContain(`FATAL ${state}`);
    expect(log.ended).toBe(log.started);
  });

  it('takes the database that libpq asks for by itself', async () => {
    const { port } = await serverOf();
    (await WireClient.start(port, { database: 'ada' })).destroy();
    (await WireClient.start(port, { database: 'postgres' })).destroy();
  });

  it('cancels by the right key alone', async () => {
    const { port, log } = await serverOf();
    const client = await WireClient.connect(port);
    client.startup();
    const body = (await client.ready()).find(({ type }) => type === 'K')?.body as Buffer;
    const [pid, key] = [body.readInt32BE(0), body.subarray(4)];
    client.send(frontend.query('sleep'));
    const other = await WireClient.start(port);
    for (const wrong of [Buffer.from('abcd'), key.subarray(1), Buffer.concat([key, key])]) {
      const canceller = await WireClient.connect(port);
      canceller.send(encodeStartup({ kind: 'cancel', pid, key: wrong }));
      await canceller.closed();
    }
    expect(await other.value('echo 1')).toBe('1');
    expect(log.cancelled).toBe(0);
    const canceller = await WireClient.connect(port);
    canceller.send(encodeStartup({ kind: 'cancel', pid, key }));
    await canceller.closed();
    expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('EZ');
    expect(log.cancelled).toBe(1);
    client.destroy();
    other.destroy();
  });

  it('goes on after a message that cannot be understood, and ends where lengths are lost', async () => {
    const { port } = await serverOf();
    const client = await WireClient.start(port);
    client.send(Buffer.from('Q\0\0\0\x06\xff\0', 'latin1'));
    expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('EZ');
    // Function call, COPY out of place, flush.
    client.send(Buffer.from('F\0\0\0\x04c\0\0\0\x04H\0\0\0\x04'));
    expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('EZ');
    client.send(Buffer.from('D\0\0\0\x06X\0'), frontend.parse('', 'x'), frontend.sync());
    expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('EZ');
    expect(await client.value('echo still here')).toBe('still here');
    client.send(Buffer.from('Q\0\0\0\x03'));
    expect(await client.lastWords()).toContain('FATAL 08P01 invalid message length');
    for (const [bytes, why] of [
      ['Q\x7f\xff\xff\xff', 'invalid message length'],
      ['S\0\0\x40\0', 'invalid message length'],
      ['!\0\0\0\x04', 'invalid frontend message type 33'],
      ['p\0\0\0\x04', 'a password'],
    ] as const) {
      const odd = await WireClient.start(port);
      odd.send(Buffer.from(bytes, 'latin1'));
      expect(await odd.lastWords()).toContain(`FATAL 08P01 ${why}`);
    }
    const early = await WireClient.connect(port);
    early.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(await early.lastWords()).toContain('FATAL 08P01 invalid length of startup packet');
  });

  it('ends one client for its fatal error or for a bug, and no other', async () => {
    const { port, log, events } = await serverOf();
    const good = await WireClient.start(port);
    for (const [query, words] of [
      ['fatal', 'FATAL 58000 it is over'],
      ['bug', 'FATAL XX000 the server has failed'],
    ] as const) {
      const bad = await WireClient.start(port);
      bad.send(frontend.query(query));
      expect(await bad.lastWords()).toBe(words);
    }
    expect(events.filter(({ kind }) => kind === 'bug')).toHaveLength(1);
    expect(await good.value('echo 1')).toBe('1');
    expect(log).toMatchObject({ started: 3, ended: 2 });
    good.destroy();
  });

  it('ends the session of a client that vanishes, once, in whatever way and whatever it was doing', async () => {
    const { port, log } = await serverOf();
    let begun = 0;
    for (const query of ['sleep', 'rows 100000 1000', 'begin', 'echo']) {
      for (const way of ['destroy', 'reset'] as const) {
        const client = await WireClient.start(port);
        begun++;
        client.send(frontend.query(query));
        await waitFor('it to begin', () => log.started === begun);
        client[way]();
      }
    }
    await waitFor('their ends', () => log.ended === begun);
    const good = await WireClient.start(port);
    expect(await good.value('echo 1')).toBe('1');
    expect(log.ended).toBe(begun);
    good.destroy();
  });

  it('answers a client that has ended its half, and does not wait for one that is gone', async () => {
    const { port, log } = await serverOf();
    const half = await WireClient.connect(port);
    half.startup();
    half.send(frontend.query('echo 1'), frontend.query('echo 2'));
    half.socket.end();
    const told = [...(await half.until('Z')), ...(await half.until('Z')), ...(await half.until('Z'))];
    expect(told.filter(({ type }) => type === 'D').map(({ body }) => body.subarray(6).toString())).toEqual(['1', '2']);
    await half.closed();
    expect(log).toMatchObject({ started: 1, ended: 1 });
  });

  it('ends a transaction that is left open, by its own time or by the one of the client', async () => {
    const { port, log } = await serverOf({ idleInTransactionMs: 60_000 });
    for (const [setting, state] of [
      ['idleInTransactionMs 30', '25P03'],
      ['transactionMs 30', '25P04'],
    ]) {
      const client = await WireClient.start(port);
      await client.query(`set ${setting}`);
      expect(await client.value('echo outside')).toBe('outside');
      await client.query('begin');
      expect(await client.lastWords()).toContain(`FATAL ${state}`);
    }
    const idle = await WireClient.start(port);
    await idle.query('set idleMs 30');
    expect(await idle.lastWords()).toContain('FATAL 57P05');
    const { port: strict } = await serverOf({ idleInTransactionMs: 30 });
    const client = await WireClient.start(strict);
    await client.query('set idleInTransactionMs 60000');
    await client.query('begin');
    expect(await client.lastWords()).toContain('FATAL 25P03');
    expect(log.ended).toBe(3);
  });

  it('stops to make rows for a client that reads none, and throws it out in the end', async () => {
    const { port, log, events } = await serverOf({ stallMs: 200 });
    const client = await WireClient.start(port);
    client.socket.pause();
    client.send(frontend.query('rows 1000000 100000'));
    await waitFor('its end', () => log.ended === 1);
    expect(events.at(-1)?.message).toContain('has taken nothing of what it was sent for 200 ms');
    client.destroy();
  });

  it('does not read what it cannot handle yet', async () => {
    const { port } = await serverOf();
    const client = await WireClient.start(port);
    client.send(frontend.query('sleep'));
    const flood = frontend.query(`echo ${'x'.repeat(100_000)}`);
    let taken = 0;
    for (; taken < 1000 && client.socket.writableLength < 8 << 20; taken++) client.send(flood);
    // A hundred megabytes are more than the kernel and the server keep together.
    expect(client.socket.writableLength).toBeGreaterThan(0);
    client.destroy();
  });

  it('has places for so many, and keeps some', async () => {
    const { port } = await serverOf({ connections: 3, reserved: 1 });
    const clients = [await WireClient.start(port), await WireClient.start(port), await WireClient.start(port)];
    const fourth = await WireClient.connect(port);
    fourth.startup();
    expect(await fourth.lastWords()).toBe('FATAL 53300 sorry, too many clients already');
    clients[0]?.destroy();
    const again = await waitFor('a place', () => WireClient.start(port).catch(() => null));
    for (const it of [...clients, again]) it.destroy();
  });

  it('throws out who does not say who it is', async () => {
    const { port, events } = await serverOf({ authenticationMs: 100 });
    const silent = await WireClient.connect(port);
    const half = await WireClient.connect(port);
    half.send(Buffer.from([0, 0, 0, 99, 0, 3]));
    await silent.closed();
    await half.closed();
    expect(events.filter(({ kind }) => kind === 'thrown_out')).toHaveLength(2);
  });

  it('closes: idle clients are told, a running statement may end, and one that does not is ended', async () => {
    const { port, log, server } = await serverOf({ graceMs: 300 });
    const idle = await WireClient.start(port);
    const open = await WireClient.start(port);
    await open.query('begin');
    const busy = await WireClient.start(port);
    busy.send(frontend.query('sleep'));
    const unsaid = await WireClient.connect(port);
    await waitFor('them all', () => log.started === 3);
    const closed = server.close();
    expect(await idle.lastWords()).toContain('FATAL 57P01');
    expect(await open.lastWords()).toContain('FATAL 57P01');
    await unsaid.closed();
    expect(busy.isClosed).toBe(false);
    await closed;
    await busy.closed();
    await server.close();
    expect(log.ended).toBe(3);
    await expect(WireClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  });
});
