import { execFile } from 'node:child_process';
import fs from 'node:fs';
import tls from 'node:tls';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../test/makers/certificate.ts';
import { postgresVersions } from '../../../test/makers/postgres-cluster.ts';
import { requires } from '../../../test/makers/requires.ts';
import { makeScratch } from '../../../test/makers/scratch.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { WireClient } from '../../../test/makers/wire-client.ts';
import { serverOf, type WireServer } from '../../../test/makers/wire-server.ts';
import { encodeStartup } from '../../sql/protocol/startup-packet.ts';
import { Peers } from './peers.ts';
import { userLine } from './users.ts';

const run = promisify(execFile);
/** Nobody of this machine may connect without a password. */
const STRANGERS = new Peers({ credentials: null, owners: null, overflowUid: null, allowed: new Set(), ownUid: -1 });

async function secured(kind: Parameters<typeof makeCertificate>[2] = 'rsa'): Promise<WireServer & { ca: string }> {
  const directory = makeScratch();
  const usersFile = `${directory}/users`;
  fs.writeFileSync(usersFile, `${await userLine('ada', 'pass wörd')}\n`, { mode: 0o600 });
  const certificate = makeCertificate(directory, 'localhost', kind);
  const options = { addresses: ['127.0.0.1:0'], usersFile, tls: certificate, peers: STRANGERS };
  return { ...(await serverOf({}, options)), ca: certificate.certificateFile };
}

const psqlBin = postgresVersions().at(-1)?.bin ?? '/usr/bin';

async function psql(server: WireServer, conninfo: string, password = 'pass wörd'): Promise<string> {
  const all = `host=localhost hostaddr=127.0.0.1 port=${server.port} dbname=plumbline user=ada ${conninfo}`;
  const env = { PATH: '/usr/bin:/bin', PGPASSWORD: password, LC_ALL: 'C.UTF-8', HOME: '/nonexistent' };
  try {
    const { stdout } = await run(`${psqlBin}/psql`, ['-XAtq', '-d', all, '-c', 'echo hello'], { env, timeout: 20_000 });
    return stdout.trim();
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

describe('login', () => {
  requires('openssl', 'postgres');

  it('lets psql in with the right password over TLS, tied to the certificate', async () => {
    for (const kind of ['rsa', 'rsa with sha384', 'ecdsa'] as const) {
      const server = await secured(kind);
      expect(await psql(server, `sslmode=verify-full sslrootcert=${server.ca} channel_binding=require`)).toBe('hello');
    }
  });

  it('offers no tie where there is no hash for it', async () => {
    const server = await secured('ed25519');
    expect(await psql(server, 'sslmode=require')).toBe('hello');
    expect(await psql(server, 'sslmode=require channel_binding=require')).toContain('channel binding');
  });

  it('refuses a wrong password and an unknown user alike', async () => {
    const server = await secured();
    const wrong = await psql(server, 'sslmode=require', 'nonsense');
    expect(wrong).toContain('FATAL:  password authentication failed for user "ada"');
    const unknown = await psql(server, 'sslmode=require user=bob');
    expect(unknown).toContain('FATAL:  password authentication failed for user "bob"');
    expect(server.log.started).toBe(0);
  });

  it('lets pg in, with TLS and without, and not with a wrong password', async () => {
    const server = await secured();
    const { port } = server;
    const common = { host: '127.0.0.1', port, user: 'ada', database: 'plumbline' };
    for (const ssl of [false, { ca: fs.readFileSync(server.ca), servername: 'localhost' }] as const) {
      const client = new pg.Client({ ...common, password: 'pass wörd', ssl, enableChannelBinding: true });
      await client.connect();
      expect((await client.query('echo from pg')).rows).toEqual([{ c0: 'from pg' }]);
      await client.end();
    }
    await expect(new pg.Client({ ...common, password: 'x' }).connect()).rejects.toMatchObject({ code: '28P01' });
    await expect(new pg.Client({ ...common, password: '' }).connect()).rejects.toThrow();
  });

  it('reads the users anew at each login', async () => {
    const server = await secured();
    const directory = server.ca.replace(/\/[^/]*$/, '');
    fs.writeFileSync(`${directory}/users`, `${await userLine('ada', 'new')}\n`);
    expect(await psql(server, '')).toContain('password authentication failed');
    expect(await psql(server, '', 'new')).toBe('hello');
    fs.rmSync(`${directory}/users`);
    expect(await psql(server, '', 'new')).toContain('nobody can log in now');
    expect(server.events.at(-1)).toMatchObject({ kind: 'refused', message: expect.stringContaining('ENOENT') });
  });

  it('refuses what was sent in clear before TLS had begun', async () => {
    const { port } = await secured();
    const client = await WireClient.connect(port);
    client.send(
      Buffer.concat([
        encodeStartup({ kind: 'ssl' }),
        encodeStartup({ kind: 'startup', minor: 0, parameters: new Map([['user', 'x']]) }),
      ]),
    );
    expect(await client.lastWords()).toBe('FATAL 08P01 received unencrypted data after SSL request');
    const twice = await WireClient.connect(port);
    twice.send(encodeStartup({ kind: 'gss' }));
    expect(await twice.byte()).toBe('N');
    twice.send(encodeStartup({ kind: 'gss' }));
    expect(await twice.lastWords()).toContain('FATAL 08P01');
  });

  it('speaks TLS from the first byte, where the client names the protocol', async () => {
    const { port, ca } = await secured();
    const options = { port, host: '127.0.0.1', ca: fs.readFileSync(ca), servername: 'localhost' };
    const socket = tls.connect({ ...options, ALPNProtocols: ['postgresql'] });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const client = new WireClient(socket);
    client.startup();
    expect((await client.until('R')).at(-1)?.body.toString('latin1')).toContain('SCRAM-SHA-256-PLUS');
    client.destroy();
    const unnamed = new WireClient(tls.connect(options));
    await unnamed.closed();
    const other = new WireClient(tls.connect({ ...options, ALPNProtocols: ['h2'] }));
    await other.closed();
  });

  it('leaves nothing behind of handshakes that come to nothing', async () => {
    const { port, log } = await secured();
    const descriptors = () => fs.readdirSync('/proc/self/fd').length;
    const before = descriptors();
    // The beginning of a ClientHello, damaged, cut, and followed by nothing.
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    for (let round = 0; round < 40; round++) {
      const client = await WireClient.connect(port);
      if (round % 2 === 0) {
        client.send(encodeStartup({ kind: 'ssl' }));
        expect(await client.byte()).toBe('S');
      }
      client.send(hello.subarray(0, round % 12), Buffer.alloc(round * 7, round));
      if (round % 3 === 0) client.socket.end();
      else if (round % 3 === 1) client.reset();
      else client.destroy();
    }
    await waitFor('all descriptors', () => descriptors() <= before);
    expect(log.started).toBe(0);
  });

  it('ends an exchange that is none', async () => {
    const { port } = await secured();
    for (const [bytes, why] of [
      ['Q\0\0\0\x05\0', 'expected SASL response'],
      ['p\0\0\0\x12SCRAM-SHA-256\0', 'insufficient data'],
      ['p\0\0\0\x0aother\0', 'invalid SASL authentication mechanism'],
      ['p\0\0\x99\x99', 'invalid message length'],
      ['p\0\0\0\x19SCRAM-SHA-256\0\0\0\0\x03abc', 'malformed SCRAM message'],
    ] as const) {
      const client = await WireClient.connect(port);
      client.startup();
      await client.until('R');
      client.send(Buffer.from(bytes, 'latin1'));
      expect(await client.lastWords()).toContain(why);
    }
  });
});
