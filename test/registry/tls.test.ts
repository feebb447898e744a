import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { makeCertificate } from '../makers/certificate.ts';
import { postgresVersions } from '../makers/postgres.ts';
import { Cluster } from '../makers/postgres-cluster.ts';
import { requires } from '../makers/requires.ts';

/** A port on loopback that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each(postgresVersions().slice(-1))('TLS to Postgres $major', ({ bin }) => {
  requires('setpriv', 'postgres', 'openssl', 'root');
  const workshop = fs.mkdtempSync(`${os.tmpdir()}/pl-tls-`);
  let cluster: Cluster | undefined;
  let port = 0;

  beforeAll(async () => {
    fs.chmodSync(workshop, 0o755);
    const { certificateFile, keyFile } = makeCertificate(workshop, 'localhost');
    makeCertificate(workshop, 'stranger');
    // The server reads its key as the user that it runs as.
    fs.chownSync(keyFile, 65534, 65534);
    port = await freePort();
    const hba = `${workshop}/pg_hba.conf`;
    fs.writeFileSync(
      hba,
      'local all all trust\nhostssl tls_only all 127.0.0.1/32 trust\nhostnossl plain_only all 127.0.0.1/32 trust\n' +
        'host either all 127.0.0.1/32 trust\n',
    );
    const tls = ['ssl=on', `ssl_cert_file=${certificateFile}`, `ssl_key_file=${keyFile}`];
    cluster = new Cluster(bin, ['listen_addresses=127.0.0.1', `hba_file=${hba}`, ...tls], port);
    await cluster.start();
    for (const database of ['either', 'tls_only', 'plain_only']) cluster.psql(`create database ${database}`);
  });
  afterAll(async () => {
    await cluster?.end();
    fs.rmSync(workshop, { recursive: true, force: true });
  });

  /** Whether the connection that was made is encrypted; else why there is none. */
  async function encrypted(database: string, parameters: string, host = 'localhost'): Promise<string> {
    const url = `postgres://plumbline_test@${host}:${port}/${database}?${parameters}`;
    try {
      const server = await openPostgres(url, { HOME: workshop });
      const { rows } = await server.query('select ssl::text from pg_stat_ssl where pid = pg_backend_pid()');
      await server.close();
      return rows[0]?.['ssl'] === 'true' ? 'TLS' : 'plain';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  const root = (name: string) => `sslrootcert=${workshop}/${name}.crt`;

  it.each([
    ['either', 'disable', 'plain'],
    ['either', 'allow', 'plain'],
    ['either', 'prefer', 'TLS'],
    ['either', 'require', 'TLS'],
    ['tls_only', 'allow', 'TLS'],
    ['tls_only', 'prefer', 'TLS'],
    ['plain_only', 'prefer', 'plain'],
    ['plain_only', 'allow', 'plain'],
  ])('to the database %s with sslmode=%s is %s', async (database, mode, expected) => {
    expect(await encrypted(database, `sslmode=${mode}`)).toBe(expected);
  });

  it('is not given up where it is required', async () => {
    expect(await encrypted('tls_only', 'sslmode=disable')).toContain('does not let this user in');
    expect(await encrypted('plain_only', 'sslmode=require')).toContain('does not let this user in');
  });

  it('verifies the certificate, and with verify-full the name in it', async () => {
    expect(await encrypted('either', `sslmode=verify-ca&${root('localhost')}`)).toBe('TLS');
    expect(await encrypted('either', `sslmode=verify-full&${root('localhost')}`)).toBe('TLS');
    expect(await encrypted('either', `sslmode=verify-ca&${root('localhost')}`, '127.0.0.1')).toBe('TLS');
    expect(await encrypted('either', `sslmode=verify-full&${root('localhost')}`, '127.0.0.1')).toMatch(/altnames|IP/i);
    for (const mode of ['verify-ca', 'verify-full', 'require']) {
      expect(await encrypted('either', `sslmode=${mode}&${root('stranger')}`)).toMatch(/certificate/);
    }
  });

  it('tells the last refusal, and what was tried before it', async () => {
    // With a root certificate that does not fit TLS fails, and then the server wants TLS.
    const told = await encrypted('tls_only', `sslmode=prefer&${root('stranger')}`);
    expect(told).toMatch(/\(with TLS: .*certificate.*\): the server does not let this user in: .*no encryption/);
  });
});
