/**
 * Everything at once: sessions with a database, an HTTP server and its clients, a build that holds locks, and namespaces
 * of its own. Every row agrees with the classic tool's, and every row of a session's tree carries its name.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { type MixedMachine, makeMixedMachine } from '../makers/mixed-machine.ts';
import { requires } from '../makers/requires.ts';
import { PLUMB } from './plumb.ts';

leavesNothingBehind();

type Row = Readonly<Record<string, unknown>>;

/** Every row of a relation, as programs get them. */
function rowsOf(mix: MixedMachine, relation: string, ...more: readonly string[]): Row[] {
  const where = ['--home', `${mix.homes}/*`, '--command', mix.command];
  const argv = [PLUMB, relation, ...more, ...where, '-o', 'ndjson'];
  return printed(globalThis.process.execPath, ...argv)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

function printed(program: string, ...argv: readonly string[]): string {
  const env = { ...globalThis.process.env, PLUMBLINE_CONFIG: '/dev/null' };
  return execFileSync(program, argv, { encoding: 'utf8', env, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Other tests come and go meanwhile: both are asked until neither has changed between them. */
async function agree(ours: () => readonly string[], theirs: () => readonly string[]): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const [said, expected] = [[...ours()].sort(), [...theirs()].sort()];
    if (tries === 20 || JSON.stringify(said) === JSON.stringify(expected)) {
      expect(said).toEqual(expected);
      return said;
    }
  }
}

function inNetworkOf(pid: number | 'self', ...command: readonly string[]): string {
  return pid === 'self' ? printed(...(command as [string])) : printed('nsenter', '-n', '-t', `${pid}`, ...command);
}

function namespaceOf(pid: number | 'self', kind: 'net' | 'mnt'): string {
  return fs.readlinkSync(`/proc/${pid}/ns/${kind}`).replace(/\D/g, '');
}

/** `tcp LISTEN 0 128 127.0.0.1:80 0.0.0.0:* 4711,4712`: what ss shows, the processes by number. */
function ssLines(pid: number | 'self'): string[] {
  const text = inNetworkOf(pid, 'ss', '-tunapHO');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [protocol, state, received, sent, local = '', peer = ''] = line.split(/\s+/);
      const pids = [...line.matchAll(/pid=(\d+)/g)].map(([, it]) => it);
      const plain = (address: string) => address.replace(/%[^:\]]+/, '').replace(/^\*:/, '[::]:');
      const end = /[:]\*$/.test(peer) ? '-' : plain(peer);
      return [protocol, state, received, sent, plain(local), end, distinct(pids).join(',')].join(' ');
    });
}

function connectionLines(mix: MixedMachine, pid: number | 'self'): string[] {
  return rowsOf(mix, 'connections')
    .filter((row) => row['protocol'] !== 'unix' && row['net_namespace'] === namespaceOf(pid, 'net'))
    .map((row) => {
      const pids = ((row['holders'] as { pid: number }[] | null) ?? []).map((it) => String(it.pid));
      const { protocol, state, receive_queue, send_queue, local, peer } = row;
      return [protocol, state, receive_queue, send_queue, local, peer ?? '-', distinct(pids).join(',')].join(' ');
    });
}

function distinct(words: readonly (string | undefined)[]): string[] {
  return [...new Set(words.map(String))].sort();
}

function lslocksLines(): string[] {
  const text = printed('lslocks', '-J', '-o', 'TYPE,MODE,START,END,INODE,PID,PATH,BLOCKER');
  const { locks } = JSON.parse(text) as { locks: Row[] };
  return locks.map((it) => {
    const mode = String(it['mode']);
    const start = BigInt(it['start'] as number);
    const end = BigInt(it['end'] as number);
    const waits = mode.endsWith('*') ? 'waiting' : 'held';
    return [
      String(it['type']).toLowerCase().replace('ofdlck', 'ofd'),
      mode.replace('*', '').toLowerCase(),
      waits,
      start,
      end,
      it['pid'],
    ].join(' ');
  });
}

/** lslocks tells who has called flock(2), alive or not, and nobody of an open file description. */
function lockLines(mix: MixedMachine): string[] {
  return rowsOf(mix, 'locks').map(({ kind, mode, status, start_byte, end_byte, caller_pid, pid }) => {
    const who = kind === 'ofd' ? -1 : (caller_pid ?? pid);
    return [kind, mode, status, start_byte, end_byte ?? 0, who].join(' ');
  });
}

function findmntLines(pid: number | 'self'): string[] {
  const columns = 'ID,PARENT,MAJ:MIN,TARGET,FSTYPE,VFS-OPTIONS';
  const text = printed('findmnt', '-l', '-v', '-J', '-o', columns, ...(pid === 'self' ? [] : ['-N', `${pid}`]));
  const { filesystems } = JSON.parse(text) as { filesystems: Row[] };
  return filesystems.map((it) => {
    return [it['id'], it['parent'], it['maj:min'], it['target'], it['fstype'], it['vfs-options']].join(' ');
  });
}

function mountLines(mix: MixedMachine, pid: number | 'self'): string[] {
  return rowsOf(mix, 'mounts')
    .filter((row) => row['mount_namespace'] === namespaceOf(pid, 'mnt'))
    .map(({ mount_id, parent_id, device, mount_point, fs_type, options }) => {
      return [mount_id, parent_id, device, mount_point, fs_type, options].join(' ');
    });
}

function ipLines(pid: number | 'self'): string[] {
  return ['-4', '-6'].flatMap((family) => {
    const text = inNetworkOf(pid, 'ip', '-j', '-d', family, 'route', 'show', 'table', 'all');
    const routes = text.trim() === '' ? [] : (JSON.parse(text) as Row[]);
    return routes.map((it) => {
      const any = family === '-4' ? '0.0.0.0/0' : '::/0';
      const to = it['dst'] === 'default' ? any : String(it['dst']);
      const whole = to.includes('/') ? to : `${to}/${family === '-4' ? 32 : 128}`;
      return [it['table'], it['type'], whole, it['gateway'] ?? '-', it['dev'] ?? '-', it['metric'] ?? 0].join(' ');
    });
  });
}

function routeLines(mix: MixedMachine, pid: number | 'self'): string[] {
  return rowsOf(mix, 'routes')
    .filter((row) => row['kind'] === 'route' && row['net_namespace'] === namespaceOf(pid, 'net'))
    .map(({ routing_table, type, destination, gateway, interface: dev, metric }) => {
      return [routing_table, type, destination, gateway ?? '-', dev ?? '-', metric ?? 0].join(' ');
    });
}

/** Names that rows should carry: of every process that is known by its work, and of nobody else's. */
function expectNamed(rows: readonly Row[], pidOf: (row: Row) => readonly unknown[], { sessionOf }: MixedMachine): void {
  const named = new Set<string>();
  for (const row of rows) {
    for (const name of pidOf(row).map((pid) => sessionOf.get(Number(pid)))) {
      if (name === undefined) continue;
      expect((row['sessions'] as { name: string }[] | undefined)?.map((it) => it.name) ?? [row['session']]).toContain(
        name,
      );
      named.add(name);
    }
  }
  expect(named.size).toBeGreaterThan(0);
}

requires('cc', 'root', 'postgres', 'unshare', 'ip', 'setpriv', 'a memory cgroup');

it('every row agrees with the classic tool, and carries the name of its session', async () => {
  const mix = await makeMixedMachine();
  const places = ['self', mix.contained] as const;

  for (const place of places)
    await agree(
      () => connectionLines(mix, place),
      () => ssLines(place),
    );
  await agree(() => lockLines(mix), lslocksLines);
  for (const place of places)
    await agree(
      () => mountLines(mix, place),
      () => findmntLines(place),
    );
  for (const place of places)
    await agree(
      () => routeLines(mix, place),
      () => ipLines(place),
    );

  const holders = (row: Row) => ((row['holders'] as { pid: number }[] | null) ?? []).map((it) => it.pid);
  expectNamed(rowsOf(mix, 'connections'), holders, mix);
  expectNamed(rowsOf(mix, 'locks'), holders, mix);
  expectNamed(rowsOf(mix, 'processes'), (row) => [row['pid']], mix);
  expect(rowsOf(mix, 'connections', 'bob').some((row) => row['state'] === 'LISTEN')).toBe(true);
});
