/** `plumb serve` as it is run, with the clients that people have. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requires } from '../makers/requires.ts';
import { startServiceManager } from '../makers/service-manager.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { catches } from '../makers/watcher.ts';
import { Fleet } from './plumb.ts';
import { atEnd, serve, start } from './serve.ts';

requires('cc', 'psql');

const ENDLESS = 'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t';

let fleet: Fleet;
let ada: number;
let directories = 0;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

/** A directory for a socket. */
function socketDirectory(): string {
  const directory = fleet.path(`run-${++directories}`);
  fs.mkdirSync(directory);
  return directory;
}

async function connect(directory: string): Promise<pg.Client> {
  const client = new pg.Client({ host: directory, port: 5432, user: 'anybody', database: 'plumbline' });
  client.on('error', () => {});
  await client.connect();
  atEnd(() => client.end().catch(() => {}));
  return client;
}

describe('plumb serve', () => {
  it('says where it listens, with the command that gets there', async () => {
    const directory = socketDirectory();
    const { server, addresses } = await serve(fleet, ['--pg', directory, '--pg', '127.0.0.1:0']);
    const port = addresses[1]?.split(':')[1];
    expect(server.lines()).toEqual([
      `${directory}  psql -h ${directory} -d plumbline`,
      `127.0.0.1:${port}  psql -h 127.0.0.1 -p ${port} -d plumbline`,
    ]);
    for (const line of server.lines()) {
      const psql = line.split('  ')[1];
      const { stdout, stderr, code } = await fleet.shell(`${psql} -Atc 'select name, pid from sessions'`);
      expect([stdout, stderr, code]).toEqual([`ada|${ada}\n`, '', 0]);
    }
  });

  it('is what plumb sql asks with --socket and --connect', async () => {
    const directory = socketDirectory();
    const { addresses } = await serve(fleet, ['--pg', directory, '--pg', '127.0.0.1:0']);
    const ask = 'select name, pid, observed_at from sessions; select 1 as one -- that is all';
    const places = [
      ['--socket', directory],
      ['--connect', `postgres://${addresses[1]}/plumbline`],
    ];
    for (const place of places) {
      const { stdout, code } = await fleet.plumb(['sql', '-o', 'json', ask, ...place]);
      const [first, second] = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      expect(first.rows).toEqual([{ name: 'ada', pid: ada, observed_at: first.observed_at }]);
      expect(first).toMatchObject({ coverage: { complete: expect.any(Boolean) }, host_id: expect.any(String) });
      expect([second.rows, code]).toEqual([[{ one: 1 }], 0]);
      const wrong = await fleet.plumb(['sql', 'select name\nfrom sesions', ...place]);
      expect(wrong.stderr).toContain('did you mean sessions?\nLINE 2: from sesions\n             ^\n');
      expect(wrong.code).toBe(2);
      const slow = await fleet.plumb(['sql', '--timeout', '200ms', ENDLESS, ...place]);
      expect([slow.code, slow.stderr]).toEqual([1, expect.stringContaining('statement timeout')]);
    }
  });

  it('keeps one snapshot in a transaction, whatever is started and ended meanwhile', async () => {
    const directory = socketDirectory();
    await serve(fleet, ['--pg', directory]);
    const client = await connect(directory);
    const pids = async (of: pg.Client) => {
      const { rows } = await of.query('select pid::int from processes where comm = $1 order by pid', [fleet.command]);
      return rows.map(({ pid }) => pid);
    };
    await client.query('begin');
    const before = await pids(client);
    expect(before).toContain(ada);
    const terminal = await openTerminal([fleet.path(fleet.command), '1000'], { cwd: fleet.home('eve') });
    expect(await pids(await connect(directory))).toEqual([...before, terminal.pid].sort((a, b) => a - b));
    expect(await pids(client)).toEqual(before);
    await terminal.hangUp();
    await waitFor('its end', () => !fs.existsSync(`/proc/${terminal.pid}`));
    expect(await pids(client)).toEqual(before);
    await client.query('commit');
    expect(await pids(client)).toEqual(before);
  });
});

describe('plumb serve and other users', () => {
  requires('root', 'setpriv');

  it('lets in whom it is told to, and tells others whom it would have to be told', async () => {
    const directory = socketDirectory();
    const { server, addresses } = await serve(fleet, [
      '--pg',
      directory,
      '--pg',
      '127.0.0.1:0',
      '--allow-user',
      '3001',
    ]);
    const port = addresses[1]?.split(':')[1];
    for (const place of [`-h ${directory}`, `-h 127.0.0.1 -p ${port}`]) {
      const psql = (user: number) => {
        const as = `setpriv --reuid=${user} --regid=${user} --clear-groups`;
        return fleet.shell(`${as} psql -X ${place} -d plumbline -U anybody -Atc 'select 1'`);
      };
      expect(await psql(3001)).toEqual({ stdout: '1\n', stderr: '', code: 0 });
      const { stdout, stderr, code } = await psql(3002);
      expect([stdout, code]).toEqual(['', 2]);
      expect(stderr).toContain('user 3002 of this machine may not connect');
      expect(stderr).toContain('--allow-user 3002');
    }
    await waitFor('it to be told', () => server.notes().filter((line) => line.includes('3002')).length === 2);
  });
});

describe('psql', () => {
  it('lists and describes the tables', async () => {
    const directory = socketDirectory();
    await serve(fleet, ['--pg', directory]);
    const psql = (command: string) => fleet.shell(`psql -X -h ${directory} -d plumbline -c '${command}'`);
    for (const [command, expected] of [
      ['\\dt', /public \| sessions +\|/],
      ['\\d', /public \| processes +\|/],
      ['\\d sessions', /^ pid +\| bigint/m],
      ['\\d+ sessions', /^ pid +\| bigint .*\| .*process/m],
      ['\\dn', /public/],
      ['\\du', /Role name/],
      ['\\df', /Result data type|0 rows/],
      ['\\conninfo', /connected to database "plumbline"/],
    ] as const) {
      const { stdout, stderr, code } = await psql(command);
      expect([stderr, code], command).toEqual(['', 0]);
      expect(stdout, command).toMatch(expected);
    }
  });

  it('completes names of tables and columns', async () => {
    const directory = socketDirectory();
    await serve(fleet, ['--pg', directory]);
    const terminal = await openTerminal(['psql', '-X', '-h', directory, '-d', 'plumbline'], {
      cwd: fleet.directory,
      env: { PAGER: 'cat', TERM: 'xterm', INPUTRC: '/dev/null', PSQL_HISTORY: '/dev/null' },
    });
    await waitFor(
      'the prompt',
      () => terminal.shown().includes('plumbline=> ') || terminal.shown().includes('plumbline=# '),
    );
    terminal.press("select 'asked ' || name from ses\t");
    await waitFor('the table', () => terminal.shown().includes('from sessions '));
    terminal.press('where observ\t');
    await waitFor('the column', () => terminal.shown().includes('where observed_at '));
    terminal.press("> 'epoch';\n");
    await waitFor('the answer', () => terminal.shown().includes('asked ada'));
  });
});

describe('plumb serve, ended', () => {
  it('tells its clients, and takes its socket away', async () => {
    const directory = socketDirectory();
    const { server } = await serve(fleet, ['--pg', directory]);
    expect(fs.readdirSync(directory)).toContain('.s.PGSQL.5432');
    const client = await connect(directory);
    const ended = new Promise<Error & { code?: string }>((resolve) => client.once('error', resolve));
    server.signal('SIGTERM');
    expect((await ended).code).toBe('57P01');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(fs.readdirSync(directory)).not.toContain('.s.PGSQL.5432');
  });

  it('ends at once at a second signal, while a statement runs', async () => {
    const directory = socketDirectory();
    const { server } = await serve(fleet, ['--pg', directory, '--statement-timeout', '10m']);
    const client = await connect(directory);
    const failed = client.query(ENDLESS).catch((error: unknown) => error);
    const other = await connect(directory);
    server.signal('SIGINT');
    await waitFor('it to have heard', () => !catches(server.pid, 'SIGINT'));
    server.signal('SIGINT');
    expect(await server.ended).toEqual({ code: null, signal: 'SIGINT' });
    expect(await failed).toBeInstanceOf(Error);
    await other.end().catch(() => {});
  });

  it('starts again where it was killed', async () => {
    const directory = socketDirectory();
    const { server } = await serve(fleet, ['--pg', directory]);
    server.signal('SIGKILL');
    await server.ended;
    expect(fs.readdirSync(directory)).toContain('.s.PGSQL.5432');
    await serve(fleet, ['--pg', directory]);
    const client = await connect(directory);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('tells systemd when it answers, and when it ends', async () => {
    const manager = await startServiceManager(`@plumbline-${randomUUID()}`);
    const { server } = await serve(fleet, ['--pg', '127.0.0.1:0'], {
      NOTIFY_SOCKET: manager.address,
      WATCHDOG_USEC: '50000',
    });
    await waitFor('it to be ready', () => manager.told().some((line) => line.includes('READY=1')));
    await waitFor('a sign of life', () => manager.told().some((line) => line.includes('WATCHDOG=1')));
    server.signal('SIGTERM');
    await server.ended;
    await waitFor('its end', () => manager.told().some((line) => line.includes('STOPPING=1')));
  });
});

describe('plumb serve, asked wrongly', () => {
  /** What it says instead of listening. */
  async function refused(...words: readonly string[]) {
    const server = start(fleet, words);
    const { code } = await server.ended;
    expect(server.lines()).toEqual([]);
    return { code, text: server.notes().join('\n') };
  }

  it('says what to do where an address is taken, missing, or open to strangers', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    atEnd(() => new Promise((resolve) => taken.close(resolve)));
    const { port } = taken.address() as net.AddressInfo;
    expect(await refused('--pg', `127.0.0.1:${port}`)).toEqual({
      code: 2,
      text: expect.stringContaining('somebody listens there'),
    });
    expect(await refused('--pg', fleet.path('nowhere'))).toEqual({
      code: 2,
      text: expect.stringContaining('make its directory first'),
    });
    expect(await refused('--pg', '0.0.0.0:0')).toEqual({ code: 2, text: expect.stringMatching(/--tls-cert/) });
    const directory = socketDirectory();
    await serve(fleet, ['--pg', directory]);
    expect(await refused('--pg', directory)).toEqual({ code: 2, text: expect.stringContaining(directory) });
  });

  it.each([
    [[], '--pg'],
    [['--pg', 'nonsense'], 'nonsense'],
    [['--pg', '127.0.0.1:0', '--tls-cert', 'x'], '--tls-key'],
    [['--pg', '127.0.0.1:0', '--max-connections', '0'], '--max-connections'],
    [['--pg', '127.0.0.1:0', '--max-result', '1'], '--max-result'],
    [['--pg', '127.0.0.1:0', '--statement-timeout', '1'], '--statement-timeout'],
    [['--pg', '127.0.0.1:0', '--allow-user', 'nobody-has-this-name'], 'nobody-has-this-name'],
    [['-o', 'json', '--pg', '127.0.0.1:0'], '-o'],
  ])('%j ends with 2', async (words, told) => {
    expect(await refused(...words)).toEqual({ code: 2, text: expect.stringContaining(told) });
  });

  it('makes a line for the file of users from a password on stdin', async () => {
    const { stdout, code } = await fleet.shell('echo secret | plumb serve --user-line ada');
    expect(stdout).toMatch(/^"ada" "SCRAM-SHA-256\$\d+:[^"]+"\n$/);
    expect([stdout.includes('secret'), code]).toEqual([false, 0]);
    expect((await fleet.shell('plumb serve --user-line ada < /dev/null')).code).toBe(2);
  });
});
