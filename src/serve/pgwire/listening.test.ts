import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { asNobody, Cluster, postgresVersions } from '../../../test/makers/postgres-cluster.ts';
import { requires } from '../../../test/makers/requires.ts';
import { makeScratch } from '../../../test/makers/scratch.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { WireClient } from '../../../test/makers/wire-client.ts';
import { serverOf } from '../../../test/makers/wire-server.ts';
import { overflowUid } from '../../kernel/overflow-uid.ts';
import { liveProcfs } from '../../kernel/procfs-live.ts';
import { value } from '../../model/outcome.ts';
import { encodeStartup } from '../../sql/protocol/startup-packet.ts';
import { Peers } from './peers.ts';
import { takeSocketPlace } from './socket-file.ts';

const file = (directory: string, port = 5432) => `${directory}/.s.PGSQL.${port}`;

describe('a server in a directory', () => {
  it('makes a socket, and removes what it has made', async () => {
    const directory = makeScratch();
    const { server } = await serverOf({}, { addresses: [directory] });
    expect(server.addresses).toEqual([directory]);
    expect(fs.statSync(file(directory)).mode & 0o777).toBe(0o666);
    expect(fs.readFileSync(`${file(directory)}.lock`, 'utf8')).toMatch(new RegExp(`^${globalThis.process.pid}\n`));
    (await WireClient.start(file(directory))).destroy();
    await server.close();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('leaves a living server alone, whoever it is', async () => {
    const directory = makeScratch();
    await serverOf({}, { addresses: [directory] });
    await expect(serverOf({}, { addresses: [directory] })).rejects.toThrow('another server has its lock');
    (await WireClient.start(file(directory))).destroy();
    const other = net.createServer().listen(file(directory, 7));
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    await expect(serverOf({}, { addresses: [`${directory}:7`] })).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('a server answers there'),
      hint: expect.stringContaining('another port'),
    });
    expect(fs.existsSync(file(directory, 7))).toBe(true);
  });

  it('takes the place of a server that was killed', async () => {
    const directory = makeScratch();
    const child = spawn(globalThis.process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(file(directory))})`,
    ]);
    await waitFor('its socket', () => fs.existsSync(file(directory)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    // A lock that Postgres has left, of a process that is gone.
    fs.writeFileSync(`${file(directory)}.lock`, `${child.pid}\n/var/lib/postgresql\n`);
    await serverOf({}, { addresses: [directory] });
    (await WireClient.start(file(directory))).destroy();
  });

  it('removes nothing that is no socket, and not one that another has put there since', async () => {
    const directory = makeScratch();
    fs.writeFileSync(file(directory, 7), 'precious');
    await expect(serverOf({}, { addresses: [`${directory}:7`] })).rejects.toThrow('no socket');
    expect(fs.readFileSync(file(directory, 7), 'utf8')).toBe('precious');
    fs.symlinkSync('/etc/passwd', `${file(directory, 8)}.lock`);
    await expect(serverOf({}, { addresses: [`${directory}:8`] })).rejects.toThrow('ELOOP');
    await expect(serverOf({}, { addresses: [`${directory}/none`] })).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
      hint: `make its directory first: mkdir ${directory}/none`,
    });
  });

  it('writes to nothing that has other names, and gives no rights to what has a name only', async () => {
    const directory = makeScratch();
    fs.writeFileSync(`${directory}/precious`, 'precious');
    fs.linkSync(`${directory}/precious`, `${file(directory, 7)}.lock`);
    await expect(serverOf({}, { addresses: [`${directory}:7`] })).rejects.toThrow('something else than a lock');
    expect(fs.readFileSync(`${directory}/precious`, 'utf8')).toBe('precious');
    const changes = vi.spyOn(fs, 'chmodSync');
    onTestFinished(() => changes.mockRestore());
    await serverOf({}, { addresses: [directory] });
    expect(changes).not.toHaveBeenCalled();
  });

  it('is not there with more rights than it is meant to have', async () => {
    const directory = makeScratch();
    const place = await takeSocketPlace(directory, 5432);
    const other = net.createServer().listen({ path: place.path, readableAll: true, writableAll: true });
    await once(other, 'listening');
    expect(() => place.made(0o600)).toThrow('lets others in');
    place.made(0o666);
    other.close();
    place.release();
  });

  it('closes in a directory that is gone', async () => {
    const directory = `${makeScratch()}/d`;
    fs.mkdirSync(directory);
    const { server } = await serverOf({}, { addresses: [directory] });
    fs.rmSync(directory, { recursive: true });
    await server.close();
  });

  describe('beside a Postgres', () => {
    requires('postgres', 'setpriv');

    it('leaves its socket alone, and Postgres ours', async () => {
      const [version] = postgresVersions();
      const cluster = new Cluster(version?.bin ?? '', []);
      onTestFinished(() => cluster.end());
      await cluster.start();
      await expect(serverOf({}, { addresses: [cluster.socketDirectory] })).rejects.toThrow('a server answers there');
      expect(cluster.psql('select 1')).toBe('1');
      await cluster.kill();
      // What it has left is taken, and it cannot come back as long as we are there.
      const { server } = await serverOf({}, { addresses: [cluster.socketDirectory] });
      const settings = [`unix_socket_directories=${cluster.socketDirectory}`, 'listen_addresses='];
      const words = ['-D', `${cluster.directory}/data`, ...settings.flatMap((it) => ['-c', it])];
      const [program, argv] = asNobody(`${version?.bin}/postgres`, words);
      await expect(promisify(execFile)(program, argv)).rejects.toThrow(
        /FATAL: .*lock file ".*\/\.s\.PGSQL\.5432\.lock"/,
      );
      (await WireClient.start(file(cluster.socketDirectory))).destroy();
      await server.close();
    });
  });
});

describe('a server at addresses', () => {
  it('listens at several, or at none of them', async () => {
    const directory = makeScratch();
    const { server } = await serverOf({}, { addresses: ['127.0.0.1:0', directory, '[::1]:0'] });
    expect(server.addresses).toHaveLength(3);
    for (const address of server.addresses) {
      const port = Number(address.split(':').at(-1));
      const client = await WireClient.connect(port || file(directory), address.startsWith('[') ? '::1' : '127.0.0.1');
      client.startup();
      await client.ready();
      client.destroy();
    }
    const taken = server.addresses[0] ?? '';
    const other = makeScratch();
    await expect(serverOf({}, { addresses: [other, taken] })).rejects.toThrow(
      `cannot listen at ${taken}: somebody listens there`,
    );
    expect(fs.readdirSync(other)).toEqual([]);
    await expect(serverOf({}, { addresses: [] })).rejects.toThrow('no address');
    await expect(serverOf({}, { addresses: ['127.0.0.1:0', '[fe80::1]:5'] })).rejects.toThrow('other machines');
  });

  it('listens at one port of both addresses of localhost', async () => {
    const { server } = await serverOf({}, { addresses: ['localhost:0'] });
    const ports = server.addresses.map((it) => it.split(':').at(-1));
    expect(new Set(ports).size).toBe(1);
    expect(server.addresses[0]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each(['0.0.0.0:0', '[::]:0', '10.1.2.3:5433'])('does not listen at %s without TLS and users', async (address) => {
    await expect(serverOf({}, { addresses: [address] })).rejects.toMatchObject({
      code: 'config',
      hint: expect.stringContaining('--tls-cert'),
    });
  });
});

describe('peers', () => {
  requires('root', 'setpriv', 'a node for every user');

  /** What somebody with another uid gets to hear, through the same protocol. */
  function asUser(uid: number, place: string, through: readonly string[] = []): Promise<string> {
    const startup = encodeStartup({ kind: 'startup', minor: 0, parameters: new Map([['user', 'a']]) });
    const code = `
      const s = require('net').connect(${place});
      const b = Buffer.from('${Buffer.from(startup).toString('hex')}', 'hex');
      let all = '';
      s.on('connect', () => s.write(b));
      s.on('data', (d) => { all += d.toString('latin1'); if (/Z....I$/s.test(all)) s.destroy(); });
      s.on('error', (e) => { all += e.code; });
      s.on('close', () => process.stdout.write(all));
    `;
    const argv = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...through];
    const [command = '', ...rest] = [...argv, globalThis.process.execPath, '-e', code];
    const child: ChildProcess = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise((resolve) => {
      let out = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        out += chunk.toString('latin1');
      });
      child.on('close', () => resolve(out));
    });
  }

  it('lets in root, us and who is allowed, by either way, and tells others what to do', async () => {
    const directory = makeScratch();
    const options = { addresses: ['127.0.0.1:0', directory, '[::1]:0'], allowedUsers: ['3001'] };
    const { server, events } = await serverOf({}, options);
    const [v4, , v6] = server.addresses.map((it) => it.split(':').at(-1));
    const places = [`${v4}, '127.0.0.1'`, `${v6}, '::1'`, `${v4}, '::ffff:127.0.0.1'`, `'${file(directory)}'`];
    for (const place of places) {
      expect(await asUser(3001, place)).toMatch(/Z....I$/s);
      const refused = await asUser(3002, place);
      expect(refused).toContain('C28000');
      expect(refused).toContain('user 3002 of this machine may not connect');
      expect(refused).toContain('--allow-user 3002');
    }
    expect(events.filter(({ kind }) => kind === 'refused')).toHaveLength(places.length);
  });

  it('knows a user by name, and none that there is not', async () => {
    await serverOf({}, { allowedUsers: ['nobody', 'root', '12345'] });
    for (const user of ['no such user', '', '-1', '4294967295']) {
      await expect(serverOf({}, { allowedUsers: [user] })).rejects.toThrow('there is no user');
    }
  });

  it('keeps places for root', async () => {
    const { server } = await serverOf({ connections: 2, reserved: 1 }, { allowedUsers: ['3001'] });
    const port = server.addresses[0]?.split(':').at(-1) ?? '';
    const first = await WireClient.start(Number(port));
    const refused = await asUser(3001, `${port}, '127.0.0.1'`);
    expect(refused).toContain('C53300');
    expect(refused).toContain('kept for root');
    const second = await WireClient.start(Number(port));
    for (const it of [first, second]) it.destroy();
  });

  it('takes nobody of another user namespace for root', async () => {
    const { server } = await serverOf();
    const port = server.addresses[0]?.split(':').at(-1) ?? '';
    // Root in there is 3001 out here, and one without a number is nobody.
    const mapped = await asUser(3001, `${port}, '127.0.0.1'`, ['unshare', '--user', '--map-root-user']);
    expect(mapped).toContain('user 3001 of this machine may not connect');
    const unmapped = await asUser(3001, `${port}, '127.0.0.1'`, ['unshare', '--user']);
    expect(unmapped).toContain('user 3001 of this machine may not connect');
  });
});

describe('Peers', () => {
  const peers = new Peers({
    credentials: null,
    owners: { find: () => value(65_534), close: () => undefined },
    overflowUid: 65_534,
    allowed: new Set([0, 65_534]),
    ownUid: 0,
  });

  it('lets in nobody whom a container has no number for, whoever is allowed', async () => {
    const { port } = await serverOf({}, { peers });
    const client = await WireClient.connect(port);
    client.startup();
    expect(await client.lastWords()).toContain('user 65534 stands for all whom this container has no number for');
  });

  it('lets in nobody of whom the kernel does not say who it is', async () => {
    const gone = { find: () => ({ kind: 'gone', errno: 'ENOENT' }) as const, close: () => undefined };
    const unseeing = new Peers({
      credentials: null,
      owners: gone,
      overflowUid: null,
      allowed: new Set([0]),
      ownUid: 0,
    });
    const { port } = await serverOf({}, { peers: unseeing });
    const client = await WireClient.connect(port);
    client.startup();
    expect(await client.lastWords()).toContain('FATAL 28000 nobody can say which user has connected: ENOENT');
  });
});

describe('overflowUid()', () => {
  function procOf(map: string, overflow: string) {
    const root = makeScratch();
    fs.mkdirSync(`${root}/self`);
    fs.mkdirSync(`${root}/sys/kernel`, { recursive: true });
    fs.writeFileSync(`${root}/self/uid_map`, map);
    fs.writeFileSync(`${root}/sys/kernel/overflowuid`, overflow);
    return liveProcfs(root);
  }

  it('is nobody where every user has a number, and else what the kernel says, damaged or not', () => {
    expect(overflowUid(procOf('0 0 4294967295\n', '65534\n'))).toEqual(value(null));
    expect(overflowUid(procOf('0 1000 1\n', '65533\n'))).toEqual(value(65_533));
    expect(overflowUid(procOf('nonsense\n', '65534\n'))).toEqual(value(65_534));
    expect(overflowUid(procOf('0 1000 1\n', 'nonsense\n')).kind).toBe('malformed');
  });
});
