import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { loadNetlink } from '../../src/kernel/native/netlink.ts';
import { findNetNamespaces } from '../../src/kernel/net-namespaces.ts';
import { readRoutes } from '../../src/kernel/routes.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { ROUTES } from '../../src/relations/routes.ts';
import { ROUTES_TAKEN } from '../../src/relations/routes-taken.ts';
import { toWire } from '../../src/relations/wire.ts';
import { install } from '../makers/c-program.ts';
import { ipIn, ipRoutes, ipRules, type Row } from '../makers/ip-json.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { ALL_ROUTES, ROUTES_WITHOUT_RULES } from '../makers/routes.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** A session in a network namespace of its own. */
async function sessionIn(setup: string, as: readonly string[] = []) {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'homes/ada');
  const claude = install('agent', `${scratch}/bin/claude`);
  const script = `${setup}; exec ${[...as, claude].join(' ')}`;
  const { pid } = await openTerminal(['unshare', '-n', 'sh', '-ec', script], { cwd: home });
  await waitFor('the agent', () => processRow(pid)?.comm === 'claude');
  return { pid, home };
}

async function lookAt(home: string): Promise<MachineLook> {
  return MachineLook.open({ homes: homesAt({ ada: home }), commands: ['claude'] });
}

async function rowsOf(home: string): Promise<{ rows: Row[]; look: MachineLook }> {
  const look = await lookAt(home);
  const ask = { sessions: new Set(look.snapshot.sessions), wants: () => true, options: {} };
  const rows = await ROUTES.rows(look, ask);
  return { rows: rows.map((row) => toWire(ROUTES, row as never) as Row), look };
}

async function taken(look: MachineLook, to: string, from?: string): Promise<Row> {
  const options = from === undefined ? { to } : { to, from };
  const rows = await ROUTES_TAKEN.rows(look, { sessions: null, wants: () => true, options });
  expect(rows).toHaveLength(1);
  return { ...toWire(ROUTES_TAKEN, rows[0] as never), says: ROUTES_TAKEN.answer?.(rows as never) };
}

/** Only what both tell, in one order. */
function alike(rows: readonly Row[], like: readonly Row[]): Row[] {
  const names = Object.keys(like[0] ?? {});
  const cut = rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
  return inOrder(cut);
}

function inOrder(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** A row of ours with what ip says in other words. */
function inWordsOfIp(row: Row): Row {
  const flags = (row['flags'] as string[]) ?? [];
  if (row['kind'] === 'rule') {
    return {
      ...row,
      is_unresolved: flags.includes('unresolved'),
      is_detached: flags.some((it) => it.endsWith('detached')),
    };
  }
  const metrics = row['metrics'] as { name: string; value: string }[];
  const named = metrics.map(({ name, value }) => [name === 'congestion_control' ? 'congestion' : name, value]);
  return { ...row, metrics: Object.fromEntries(named), expires: row['expires_seconds'] !== null };
}

describe('plumb routes', () => {
  requires('cc', 'root', 'ip', 'unshare', 'pairs of interfaces', 'the whole machine');

  it('tells every route and rule as ip does, each with its session', async () => {
    const { pid, home } = await sessionIn(ALL_ROUTES);
    const [routes, rules] = [ipRoutes(pid), ipRules(pid)];
    const { rows, look } = await rowsOf(home);
    const ours = rows.map(inWordsOfIp);
    const ofKind = (kind: string) => ours.filter((row) => row['kind'] === kind);
    expect(alike(ofKind('route'), routes)).toEqual(inOrder(routes));
    expect(alike(ofKind('rule'), rules)).toEqual(inOrder(rules));
    expect(new Set(rows.map((row) => row['session']))).toEqual(new Set(['ada']));
    expect(rows.map((row) => row['sessions'])).toContainEqual([{ name: 'ada', joined_by: 'owner' }]);
    expect(look.log.reasons()).toEqual([]);
    const locked = rows.flatMap((row) => (row['metrics'] as Row[] | null) ?? []).filter((it) => it['locked']);
    expect(locked).toEqual([{ name: 'advmss', value: '1300', locked: true }]);
    expect(rows.map((row) => row['expires_seconds']).filter((it) => it !== null)).toEqual([expect.closeTo(4995, -1)]);
  });

  it('tells where a route leads that names a next hop object only', async () => {
    const objects = [
      'echo 0 > /proc/sys/net/ipv4/nexthop_compat_mode',
      'ip nexthop add id 11 via 10.2.0.6 dev d1; ip nexthop add id 12 group 10,3/11; ip nexthop add id 13 blackhole',
      'ip route add 10.31.0.0/16 nhid 12; ip route add 10.32.0.0/16 nhid 13',
    ];
    const { home } = await sessionIn([ROUTES_WITHOUT_RULES, ...objects].join('; '));
    const { rows, look } = await rowsOf(home);
    const to = (destination: string) => rows.find((row) => row['destination'] === destination);
    expect(to('10.15.0.0/16')).toMatchObject({ next_hop_id: 10, gateway: '10.1.0.5', interface: 'd0', next_hops: [] });
    expect(to('10.31.0.0/16')).toMatchObject({
      next_hop_id: 12,
      gateway: '10.1.0.5',
      interface: 'd0',
      next_hops: [
        { gateway: '10.1.0.5', interface: 'd0', weight: 3, flags: [] },
        { gateway: '10.2.0.6', interface: 'd1', weight: 1, flags: [] },
      ],
    });
    expect(to('10.32.0.0/16')).toMatchObject({ type: 'blackhole', gateway: null, interface: null });
    expect(await taken(look, '10.15.1.1')).toMatchObject({ destination: '10.15.0.0/16', gateway: '10.1.0.5' });
    expect(await taken(look, '10.31.1.1')).toMatchObject({ destination: '10.31.0.0/16', routing_table: 'main' });
    expect(await taken(look, '10.32.1.1')).toMatchObject({ type: 'blackhole', says: 'no' });
  });

  it('tells tables of thousands of routes whole', async () => {
    const many =
      'i=0; while [ $i -lt 6000 ]; do echo route add 10.20.$((i/250)).$((i%250))/32 via 10.1.0.9 table 500; i=$((i+1)); done | ip -batch -';
    const { pid, home } = await sessionIn(`${ROUTES_WITHOUT_RULES}; ${many}`);
    const routes = ipRoutes(pid);
    const { rows } = await rowsOf(home);
    const ours = rows.filter((row) => row['kind'] === 'route').map(inWordsOfIp);
    expect(ours.filter((row) => row['routing_table'] === '500')).toHaveLength(6000);
    expect(alike(ours, routes)).toEqual(inOrder(routes));
  });

  describe.each([
    ['with rules', ALL_ROUTES],
    ['without rules, where local and main are one trie', ROUTES_WITHOUT_RULES],
  ])('from the text files, %s', (_, setup) => {
    it('tells the same as far as those tell', async () => {
      const { pid } = await sessionIn(setup);
      const { procfs } = liveMachine();
      const namespace = findNetNamespaces(procfs, [pid], new CoverageLog()).find(({ pids }) => pids.includes(pid));
      if (!namespace) throw new Error('its namespace was not found');
      const asked = readRoutes(procfs, namespace, await loadNetlink());
      const read = readRoutes(procfs, namespace, null);
      if (asked.kind !== 'value' || read.kind !== 'value') throw new Error(`${asked.kind}, ${read.kind}`);
      expect(read.value.rules).toBeNull();
      // Of IPv6 a next hop is a line of its own.
      const full = asked.value.routes.flatMap((route) => {
        const hops = route.nextHops ?? [];
        return route.family === 'ipv6' && hops.length > 1 ? hops.map((hop) => ({ ...route, ...hop })) : [route];
      });
      const wrong = read.value.routes.filter((text) => {
        const index = full.findIndex((route) => {
          return Object.entries(text).every(
            ([name, value]) => value === null || route[name as keyof typeof route] === value,
          );
        });
        full.splice(index, index === -1 ? 0 : 1);
        return index === -1;
      });
      expect({ wrong, unseen: full }).toEqual({ wrong: [], unseen: [] });
      const main = read.value.routes.filter(({ family, table }) => family === 'ipv4' && table === 254);
      expect(main.map(({ destination, gateway, metric }) => [destination, gateway, metric])).toContainEqual([
        '10.9.0.0/16',
        '10.1.0.1',
        0,
      ]);
    });
  });
});

describe('plumb routes --to', () => {
  requires('cc', 'root', 'ip', 'unshare', 'setpriv', 'pairs of interfaces', 'the whole machine');

  /** What `ip route get` says there, or its complaint. */
  function ipGet(pid: number, ...args: readonly string[]): Row | string {
    try {
      return ipIn(pid, 'route', 'get', ...args)[0] as Row;
    } catch (error) {
      return String((error as { stderr?: unknown }).stderr ?? error).trim();
    }
  }

  async function agreesWithIp(pid: number, look: MachineLook, to: string, uid: number, from?: string): Promise<Row> {
    const row = await taken(look, to, from);
    const more = [...(from === undefined ? [] : ['from', from]), 'uid', String(uid)];
    const said = ipGet(pid, to, ...more);
    if (typeof said === 'string') throw new Error(said);
    const match = ipGet(pid, 'fibmatch', to, ...more) as Row;
    expect(row).toMatchObject({
      session: 'ada',
      pid,
      uid,
      type: said['type'],
      gateway: said['gateway'] ?? (said['via'] as Row | undefined)?.['host'] ?? null,
      interface: said['dev'],
      says: 'yes',
    });
    if (from === undefined) expect(row['source_address']).toBe(said['prefsrc']);
    const full = to.includes(':') ? 128 : 32;
    const dst = String(match['dst']).replace('default', to.includes(':') ? '::/0' : '0.0.0.0/0');
    expect(row['destination']).toBe(dst.includes('/') ? dst : `${dst}/${full}`);
    return row;
  }

  it('answers as ip route get does there, with the route of the table', async () => {
    const { pid, home } = await sessionIn(ALL_ROUTES);
    const look = await lookAt(home);
    for (const to of [
      '8.8.8.8',
      '10.9.1.1',
      '10.2.0.7',
      '10.15.0.1',
      '10.16.0.1',
      '10.17.0.1',
      '10.1.0.2',
      '10.1.0.255',
    ]) {
      await agreesWithIp(pid, look, to, 0);
    }
    for (const to of ['2001:db8::1', 'fd00:9::1', 'fd00:d::1', 'fd00:2::5', 'fd00:1::2', 'fd00:f::5']) {
      await agreesWithIp(pid, look, to, 0);
    }
    expect(await agreesWithIp(pid, look, '10.5.0.1', 0, '10.2.0.2')).toMatchObject({ routing_table: 'main' });
    expect(await taken(look, '8.8.8.8', '127.0.0.1')).toMatchObject({ type: 'refused', says: 'no' });
    expect(await taken(look, '127.0.0.1', '127.0.0.1')).toMatchObject({ type: 'local', source_address: '127.0.0.1' });
    for (const [to, type] of [
      ['224.0.0.1', 'multicast'],
      ['255.255.255.255', 'broadcast'],
    ] as const) {
      expect(await taken(look, to)).toMatchObject({
        type,
        interface: 'd0',
        destination: '0.0.0.0/0',
        routing_table: 'main',
      });
    }
    expect(await taken(look, '::ffff:10.9.1.1')).toMatchObject({ address: '10.9.1.1', destination: '10.9.0.0/16' });
  });

  it('tells the table of an own address, which the kernel calls main as long as there are no rules', async () => {
    const { pid, home } = await sessionIn(ROUTES_WITHOUT_RULES);
    const look = await lookAt(home);
    expect(await agreesWithIp(pid, look, '10.1.0.2', 0)).toMatchObject({ type: 'local', routing_table: 'local' });
    expect(await agreesWithIp(pid, look, '8.8.8.8', 0)).toMatchObject({ routing_table: 'main', metric: 0 });
    expect(await agreesWithIp(pid, look, '127.0.0.1', 0)).toMatchObject({ destination: '127.0.0.1/32' });
  });

  it('says where packets go nowhere, and why, as an answer', async () => {
    const { home } = await sessionIn(ALL_ROUTES);
    const look = await lookAt(home);
    const types = async (...addresses: readonly string[]) => {
      const rows = await Promise.all(addresses.map((to) => taken(look, to)));
      return rows.map((row) => [row['type'], row['interface'], row['says']]);
    };
    expect(await types('10.10.1.1', '10.12.1.1', '10.18.1.1', 'fd00:a::1', 'fd00:c::1')).toEqual([
      ['unreachable', null, 'no'],
      ['prohibit', null, 'no'],
      ['blackhole', null, 'no'],
      ['unreachable', null, 'no'],
      ['prohibit', null, 'no'],
    ]);
    expect(await taken(look, '10.11.1.1', '10.1.0.2')).toMatchObject({ type: 'blackhole', says: 'no' });
    expect(await taken(look, 'fd00:b::1', 'fd00:1::2')).toMatchObject({ type: 'blackhole', says: 'no' });
    expect(await taken(look, '10.9.1.1', '10.99.0.1')).toMatchObject({ type: 'no_source', says: 'no' });
    expect(await taken(look, 'fd00:9::1', 'fd00:99::1')).toMatchObject({ type: 'no_source', says: 'no' });
    expect(await taken(look, 'fe80::1%d0')).toMatchObject({
      type: 'unicast',
      interface: 'd0',
      destination: 'fe80::/64',
    });
    expect(await taken(look, 'fe80::1%none')).toMatchObject({ type: 'no_interface', says: 'no' });
    await expect(taken(look, 'fd00:9::1', 'fe80::7')).rejects.toThrow('of one link');
    await expect(taken(look, 'fe80::1%d0', 'fe80::7%d1')).rejects.toThrow('two interfaces');
    // What is sent to others is taken in by that table, and it makes none of their addresses this machine's.
    const proxy = await sessionIn(
      `${ROUTES_WITHOUT_RULES}; for v in -4 -6; do ip $v rule add fwmark 1 lookup 66; ip $v route add local default dev lo table 66; done`,
    );
    const behind = await lookAt(proxy.home);
    expect(await taken(behind, '8.8.8.8', '10.99.0.1')).toMatchObject({ type: 'no_source', says: 'no' });
    expect(await taken(behind, '2001:db8::1', 'fd00:99::1')).toMatchObject({ type: 'no_source', says: 'no' });
    expect(await taken(behind, '2001:db8::1', 'fd00:1::2')).toMatchObject({ type: 'unicast', interface: 'd0' });
    const bare = await sessionIn('ip link set lo up');
    expect(await taken(await lookAt(bare.home), '8.8.8.8')).toMatchObject({ type: 'no_route', says: 'no' });
  });

  it('goes through rules for the session’s own user', async () => {
    const setpriv = ['setpriv', '--reuid', '1500', '--regid', '1500', '--clear-groups'];
    const { pid, home } = await sessionIn(ALL_ROUTES, setpriv);
    const look = await lookAt(home);
    expect(await taken(look, '10.20.1.1')).toMatchObject({ uid: 1500, type: 'prohibit', says: 'no' });
    expect(ipGet(pid, '10.20.1.1', 'uid', '1500')).toContain('Permission denied');
    await agreesWithIp(pid, look, '10.21.1.1', 1500);
    execFileSync('nsenter', ['-n', '-t', String(pid), 'ip', 'rule', 'del', 'prio', '102']);
    await agreesWithIp(pid, look, '10.20.1.1', 1500);
  });
});
