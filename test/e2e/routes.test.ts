import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { finished, type Ran } from '../makers/child-output.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { PLUMB } from './plumb.ts';

leavesNothingBehind();

const SETUP =
  'ip link set lo up; ip link add d0 type veth peer name p0; ip link set d0 up; ip link set p0 up; ' +
  'ip addr add 10.1.0.2/24 dev d0; ip route add 10.9.0.0/16 via 10.1.0.1; ip route add unreachable 10.10.0.0/16; ' +
  'ip rule add from 10.1.0.2 lookup 123 prio 100';

/** A session in a network namespace of its own, and the command to ask about it. */
async function openSession() {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'homes/ada');
  const claude = install('agent', `${scratch}/bin/claude`);
  const { pid } = await openTerminal(['unshare', '-n', 'sh', '-ec', `${SETUP}; exec ${claude}`], { cwd: home });
  await waitFor('the agent', () => processRow(pid)?.comm === 'claude');
  const flags = ['--home', `${scratch}/homes/*`, '--command', 'claude'];
  return { pid, plumb: (args: readonly string[], user?: number) => run([...args, ...flags], user) };
}

function run(args: readonly string[], user?: number): Promise<Ran> {
  const child = spawn(globalThis.process.execPath, [PLUMB, ...args], {
    env: { PATH: globalThis.process.env['PATH'] ?? '', PLUMBLINE_CONFIG: '/dev/null' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user !== undefined && { uid: user, gid: user }),
  });
  return finished(child);
}

function json(ran: Ran): Record<string, Record<string, unknown>[]> {
  return JSON.parse(ran.stdout) as Record<string, Record<string, unknown>[]>;
}

describe('plumb routes', () => {
  requires('cc', 'root', 'ip', 'unshare', 'pairs of interfaces', 'the whole machine');

  it('tells the routes and rules where a session lives, in every format', async () => {
    const { plumb } = await openSession();
    const columns = ['--columns', 'kind,routing_table,destination,gateway,interface,session'];
    const lines = await plumb(['routes', 'ada', ...columns]);
    expect(lines.code).toBe(0);
    expect(lines.stdout).toContain('route\tmain\t10.9.0.0/16\t10.1.0.1\td0\tada\n');
    expect(lines.stdout).toContain('rule\t123\t0.0.0.0/0\t\t\tada\n');
    const all = json(await plumb(['routes', '--session', 'ada', '-o', 'json']));
    expect(all['routes']?.map((row) => row['destination'])).toContain('10.10.0.0/16');
    expect((await plumb(['routes', 'ada', '-o', 'table'])).stdout).toMatch(/^KIND +FAMILY +ROUTING_TABLE/);
  });

  it('ends with 0 where packets of a session find a way, and with 1 where they do not', async () => {
    const { pid, plumb } = await openSession();
    const taken = await plumb(['routes', '--to', '10.9.8.7', '--session', 'ada', '-o', 'json']);
    expect(taken.code).toBe(0);
    expect(json(taken)['routes_taken']).toEqual([
      expect.objectContaining({
        session: 'ada',
        pid,
        type: 'unicast',
        gateway: '10.1.0.1',
        interface: 'd0',
        source_address: '10.1.0.2',
        routing_table: 'main',
        destination: '10.9.0.0/16',
      }),
    ]);
    const lines = await plumb(['routes', 'ada', '--to', '10.10.1.1']);
    expect(lines).toMatchObject({ code: 1, stdout: 'ada\t10.10.1.1\tunreachable\t\t\t\t\t\t\n' });
    expect(await plumb(['routes', 'ada', '--to', '8.8.8.8', '--columns', 'type'])).toMatchObject({
      code: 1,
      stdout: 'no_route\n',
    });
    expect(await plumb(['routes', '--to', '10.10.1.1', '--columns', 'type'])).toMatchObject({
      code: 0,
      stdout: 'unreachable\n',
    });
  });

  it.each([
    [['--to', 'localhost'], '--to localhost is no address'],
    [['--to', '10.0.0.0/8'], 'one address of the prefix is asked for'],
    [['--to', '10.0.0.1', '--from', '::1'], '--from is of another family than --to'],
    [['--to', '10.0.0.1', '--from', 'x'], '--from x is no address'],
    [['--to', 'fe80::1'], 'write it with its interface: fe80::1%eth0'],
    [['--to', 'fd00::1', '--from', 'fe80::2'], '--from fe80::2 is an address of one link'],
    [['--from', '10.0.0.1'], '--from says nothing without --to'],
    [['ada', '--session', 'bob'], 'two sessions are named: ada, and --session bob'],
  ])('refuses %j', async (args, complaint) => {
    const ran = await run(['routes', ...args]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(complaint);
  });

  describe('as somebody else', () => {
    requires('a node for every user');

    it('reads what may not be entered as text, and says what is missing', async () => {
      const { plumb } = await openSession();
      const ran = await plumb(['routes', '-o', 'json'], 3001);
      const { routes = [] } = json(ran);
      expect(ran.code).toBe(0);
      const theirs = routes.find((row) => row['destination'] === '10.9.0.0/16');
      expect(theirs).toMatchObject({ gateway: '10.1.0.1', interface: 'd0', routing_table: 'main', protocol: null });
      expect(theirs).toMatchObject({ net_namespace: null, next_hops: null });
      const codes = (JSON.parse(ran.stdout) as { coverage: { reasons: { code: string }[] } }).coverage.reasons;
      expect(codes.map(({ code }) => code)).toContain('rules_denied');
      const own = routes.filter((row) => row['kind'] === 'rule').map((row) => row['priority']);
      expect(own).toContain(32_766);
      expect(own).not.toContain(100);
      const table = await plumb(['routes'], 3001);
      expect(table.stderr).toMatch(/not seen: .*the rules of \d+ network namespaces?/);
      const asked = await plumb(['routes', 'ada', '--to', '10.9.8.7'], 3001);
      expect(asked.code).toBe(3);
    });
  });
});
