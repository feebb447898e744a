/** Who holds which socket: beside ss(8) and lsof(8), in sessions, as another user. */
import fs from 'node:fs';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CONNECTIONS } from '../../src/relations/connections.ts';
import { compile } from '../makers/c-program.ts';
import { connectionsOf, type MadeConnections, makeConnections, type ToldConnection } from '../makers/connections.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { asUser } from '../makers/namespaces.ts';
import { bundleWithKoffi, output } from '../makers/observe-elsewhere.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { printedInNamespaceOf } from '../makers/sockets.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('connections', () => {
  requires('cc', 'root', 'ip', 'network namespaces');

  async function made() {
    const it = await makeConnections(makeScratch());
    const { rows } = await connectionsOf({});
    return { it, rows: rows.filter(inNamespaceOf(it.pid)) };
  }

  it('has the holders that ss has, every descriptor of them', async () => {
    const { it, rows } = await made();
    const printed = printedInNamespaceOf(it.pid, 'ss', '-H', '-O', '-n', '-p', '-e', '-a', '-t', '-u', '-x');
    const held = new Map(rows.map((row) => [row.inode, descriptorsOf(row)]));
    const bySs = new Map(
      printed
        .trimEnd()
        .split('\n')
        .map((line) => {
          const inode = /ino:(\d+) sk/.exec(line)?.[1] ?? /^u_\w+ +\S+ +\d+ +\d+ +\S+ (\d+) /.exec(line)?.[1] ?? null;
          return [
            inode === '0' ? null : inode,
            [...line.matchAll(/pid=(\d+),fd=(\d+)/g)].map((it) => `${it[1]}/${it[2]}`).sort(),
          ];
        }),
    );
    expect(held.size).toBeGreaterThan(19);
    expect(held).toEqual(bySs);
  });

  describe('beside lsof', () => {
    requires('lsof');

    it('has the descriptors that lsof has', async () => {
      const { it, rows } = await made();
      const pids = [it.pid, it.sharer, it.daemon].join(',');
      const printed = printedInNamespaceOf(it.pid, 'lsof', '-nP', '-a', '-p', pids, '-i', '-F', 'pf');
      const byLsof: string[] = [];
      let pid = '';
      for (const line of printed.trimEnd().split('\n')) {
        if (line.startsWith('p')) pid = line.slice(1);
        else byLsof.push(`${pid}/${line.slice(1)}`);
      }
      const inet = rows.filter((row) => row['protocol'] !== 'unix').flatMap(descriptorsOf);
      expect(inet.sort()).toEqual(byLsof.sort());
    });
  });

  it('is one row of a shared socket, with all of its holders, the oldest first', async () => {
    const { it, rows } = await made();
    const shared = rowOf(rows, it.server);
    expect(shared).toMatchObject({ pid: it.pid, comm: `connections-${programKey()}`, receive_queue: 5 });
    expect(shared.holders?.map(({ pid, comm, fds }) => [pid, comm, fds.length])).toEqual([
      [it.pid, shared['comm'], 1],
      [it.sharer, 'sharer) R 1 1', 2],
    ]);
  });

  it('knows the other end of a Unix socket, and that nobody has one that is over', async () => {
    const { it, rows } = await made();
    expect(rowOf(rows, it.unix_client)).toMatchObject({
      peer_inode: String(it.unix_server),
      peer_pid: it.pid,
      receive_queue: 3,
    });
    expect(rowOf(rows, it.unix_client)['peer_path']).toBe(rowOf(rows, it.unix_listener)['path']);
    expect(rowOf(rows, it.pair)).toMatchObject({ peer_inode: String(it.other), type: 'seqpacket', peer_path: null });
    const over = rows.filter((row) => row['state'] === 'TIME-WAIT');
    expect(over).toMatchObject([{ inode: null, pid: null, holders: [], uid: null }]);
    expect([over[0]?.['local_port'], over[0]?.['peer_port']]).toContain(it.time_wait_port);
  });

  it('are those of the protocols that are asked for, and any other word is refused', async () => {
    const it = await makeConnections(makeScratch());
    const { rows } = await connectionsOf({}, { options: { protocol: 'udp, unix' } });
    const protocols = rows.filter(inNamespaceOf(it.pid)).map((row) => row['protocol']);
    expect([...new Set(protocols)].sort()).toEqual(['udp', 'unix']);
    await expect(connectionsOf({}, { options: { protocol: 'tcp,sctp' } })).rejects.toThrow('there is no sctp');
  });

  it('tells apart one port in two network namespaces', async () => {
    const it = await makeConnections(makeScratch());
    const server = net.createServer().listen(it.port, '127.0.0.1');
    onTestFinished(() => void server.close());
    await waitFor('the server', () => server.listening);
    const { rows } = await connectionsOf({});
    const listening = rows.filter((row) => row['local'] === `127.0.0.1:${it.port}` && row['state'] === 'LISTEN');
    const holders = listening.map((row) => [row.net_namespace, row.pid]);
    expect(holders).toHaveLength(2);
    expect(holders).toContainEqual([namespaceOf('self'), globalThis.process.pid]);
    expect(holders).toContainEqual([namespaceOf(it.pid), it.pid]);
  });
});

describe('connections of a session', () => {
  requires('cc', 'root', 'the whole machine');

  async function sessionWithConnections() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const claude = `${scratch}/claude`;
    fs.copyFileSync('/bin/bash', claude);
    const terminal = await openTerminal([claude, '--norc', '--noprofile', '-i'], { cwd: home });
    terminal.type(`${compile('connections')} ${scratch}/socket > ${scratch}/facts`);
    const it = await waitFor('the connections', () => {
      const text = fs.existsSync(`${scratch}/facts`) ? fs.readFileSync(`${scratch}/facts`, 'utf8') : '';
      return text.endsWith('\n') && (JSON.parse(text) as MadeConnections);
    });
    return { it, options: { homes: homesAt({ ada: home }), commands: ['claude'] } };
  }

  it('carry its name, those of a child that has left its terminal and its parent too', async () => {
    const { it, options } = await sessionWithConnections();
    const { rows } = await connectionsOf(options);
    const own = rows.filter((row) => row.holders?.some(({ pid }) => [it.pid, it.sharer, it.daemon].includes(pid)));
    expect(own.length).toBeGreaterThan(18);
    expect(own.map((row) => row['session'])).toEqual(own.map(() => 'ada'));
    const joined = rowOf(rows, it.mapped).holders?.map(({ pid, session, joined_by }) => [pid, session, joined_by]);
    expect(joined).toContainEqual([it.pid, 'ada', 'ancestry']);
    expect(joined).toContainEqual([it.daemon, 'ada', 'session_id']);
  });

  it('are the same when they alone are asked for, with every column and with those of the table', async () => {
    const { options } = await sessionWithConnections();
    const all = (await connectionsOf(options)).rows.filter((row) => row['session'] === 'ada');
    const stable = (rows: readonly ToldConnection[], columns: readonly string[]) => {
      const told = rows.map((row) => columns.map((column) => row[column]));
      return told.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    };
    const lasting = CONNECTIONS.columns.map(({ name }) => name).filter((name) => !/^last_|rtt/.test(name));
    expect(stable((await connectionsOf(options, { of: 'ada' })).rows, lasting)).toEqual(stable(all, lasting));
    const { shown } = CONNECTIONS;
    const table = await connectionsOf(options, { of: 'ada', columns: shown });
    expect(stable(table.rows, shown)).toEqual(stable(all, shown));
  });
});

describe('connections, for another user', () => {
  requires('cc', 'root', 'setpriv', 'a node for every user', 'ip', 'network namespaces');

  it.each([
    ['another user', (...command: string[]) => asUser(3001, ...command)],
    ['root without CAP_SYS_PTRACE, who is told the names of descriptors', withoutSysPtrace],
  ])(
    'have no holders where nobody may be seen with them, and coverage says whose files were denied: %s',
    async (_who, run) => {
      const scratch = makeScratch();
      const it = await makeConnections(scratch);
      const main = bundleWithKoffi(scratch, 'connections-main');
      const server = net.createServer().listen(0, '127.0.0.1');
      onTestFinished(() => void server.close());
      await waitFor('the server', () => server.listening);
      const text = await output(run(globalThis.process.execPath, main));
      const { connections, coverage } = JSON.parse(text) as {
        readonly connections: readonly ToldConnection[];
        readonly coverage: { complete: boolean; reasons: { code: string; pids: number[] }[] };
      };
      const { port } = server.address() as net.AddressInfo;
      const ours = connections.find((row) => row['local'] === `127.0.0.1:${port}`);
      expect(ours).toMatchObject({ state: 'LISTEN', pid: null, comm: null, holders: null, sessions: [], uid: 0 });
      expect(coverage.complete).toBe(false);
      const denied = coverage.reasons.find(({ code }) => code === 'fd_denied');
      expect(denied?.pids).toEqual(expect.arrayContaining([globalThis.process.pid, it.pid, it.sharer, it.daemon]));
      expect(denied?.pids).not.toContain(2);
    },
  );
});

/** Less than those have who are looked at. */
function withoutSysPtrace(...command: string[]): string[] {
  const less = '-sys_ptrace,-sys_admin';
  return ['setpriv', '--inh-caps', less, '--bounding-set', less, ...command];
}

function programKey(): string {
  const name = compile('connections').split('/').at(-1) ?? '';
  return name.slice('connections-'.length, 15);
}

function namespaceOf(pid: number | 'self'): string {
  return /\d+/.exec(fs.readlinkSync(`/proc/${pid}/ns/net`))?.[0] ?? '';
}

function inNamespaceOf(pid: number): (row: ToldConnection) => boolean {
  const namespace = namespaceOf(pid);
  return (row) => row.net_namespace === namespace;
}

function rowOf(rows: readonly ToldConnection[], inode: number): ToldConnection {
  const row = rows.find((it) => it.inode === String(inode));
  if (!row) throw new Error(`no socket ${inode}`);
  return row;
}

function descriptorsOf({ holders }: ToldConnection): string[] {
  return (holders ?? []).flatMap(({ pid, fds }) => fds.map((fd) => `${pid}/${fd}`)).sort();
}
