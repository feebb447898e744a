/** `plumb sync --watch` as it is run: real terminals, a real server, a socket that stands for systemd. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { type ServiceManager, startServiceManager } from '../makers/service-manager.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { catches, noted, startWatcher, type Watcher } from '../makers/watcher.ts';
import { Fleet, PLUMB } from './plumb.ts';

leavesNothingBehind();
requires('cc', 'setpriv', 'postgres');

/** So long that nothing in these tests can have waited for it. */
const NEVER = '24h';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

/** Starts an agent in the home of this name, on a terminal of its own. */
async function startAgent(name: string) {
  return openTerminal([fleet.path(fleet.command), '1000'], { cwd: fleet.home(name) });
}

interface Started {
  readonly watcher: Watcher;
  readonly manager: ServiceManager;
}

/** Starts a watch over one home. */
async function start(name: string, flags: readonly string[], env: Record<string, string> = {}): Promise<Started> {
  const manager = await startServiceManager(`@plumbline-${randomUUID()}`);
  const home = ['--home', `${name}=${fleet.home(name)}`, '--command', fleet.command];
  const watcher = startWatcher([globalThis.process.execPath, PLUMB, 'sync', '--watch', ...home, ...flags], {
    cwd: fleet.directory,
    env: {
      PATH: globalThis.process.env['PATH'] ?? '',
      HOME: fleet.directory,
      PLUMBLINE_CONFIG: '/dev/null',
      NOTIFY_SOCKET: manager.address,
      ...env,
    },
  });
  return { watcher, manager };
}

/** The same, once the rows are right for the first time. */
async function startReady(name: string, flags: readonly string[], env: Record<string, string> = {}): Promise<Started> {
  const started = await start(name, flags, env);
  const { watcher, manager } = started;
  await waitFor(`it to be ready: ${watcher.notes().join('\n')}`, () => saidTo(manager, 'READY=1'));
  return started;
}

function saidTo({ told }: ServiceManager, words: string): boolean {
  return told().some((line) => line.includes(words));
}

describe.each(postgresVersions().slice(-1))('plumb sync --watch in Postgres $major', (version) => {
  const server = usePostgres(version, ['shared_preload_libraries=pg_stat_statements']);

  /** A new database with the schema. */
  async function place() {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    await fleet.plumb(['sync', '--init', '--apply', '--db', url]);
    const sql = (text: string) => server().psql(text, database);
    const row = (name: string) => sql(`select status || ' ' || pid from plumbline.sessions where name = '${name}'`);
    return { url, database, sql, row };
  }

  it('sees a terminal come and go long before the interval is over', async () => {
    const { url, row } = await place();
    const { watcher } = await startReady('ada', ['--interval', NEVER, '--db', url]);
    const terminal = await startAgent('ada');
    await waitFor('the row', () => row('ada') === `alive ${terminal.pid}`);
    await terminal.hangUp();
    await waitFor('its end', () => row('ada') === `dead ${terminal.pid}`);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    // A look may have met it without its terminal, and not yet ended.
    await waitFor('the line', () => new RegExp(`^${time} 1 dead$`).test(watcher.lines().at(-1) ?? ''));
    expect(watcher.lines()[0]).toMatch(new RegExp(`^${time} 1 new$`));
  });

  it('sees a session end whose terminal stays, at the interval', async () => {
    const { url, row } = await place();
    await startReady('bob', ['--interval', '100ms', '--db', url]);
    const { pid } = await startAgent('bob');
    await waitFor('the row', () => row('bob') === `alive ${pid}`);
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('its end', () => row('bob') === `dead ${pid}`);
  });

  it('writes not a byte of WAL and not a line while nothing changes', async () => {
    const { url, sql, row } = await place();
    const { pid } = await startAgent('eve');
    const { watcher } = await startReady('eve', ['--interval', '20ms', '--db', url]);
    sql('create extension pg_stat_statements');
    const looks = () => Number(sql(`select coalesce(sum(calls), 0) from pg_stat_statements where query like '%xmin%'`));
    const looked = async (more: number) => {
      const before = looks();
      await waitFor('more looks', () => looks() >= before + more);
    };
    // The first reader after a write tidies the pages up, which is no writing of ours.
    await looked(2);
    sql('select pg_stat_statements_reset()');
    await looked(5);
    const others = `query !~ 'pg_stat_statements'`;
    expect(sql(`select sum(wal_bytes), sum(wal_records) from pg_stat_statements where ${others}`)).toBe('0|0');
    expect(row('eve')).toBe(`alive ${pid}`);
    expect(watcher.lines()).toHaveLength(1);
  });

  it('says once that the server is gone and once that it is back, and has the rows right then', async () => {
    const { url, row } = await place();
    const before = await startAgent('fay');
    const { watcher, manager } = await startReady('fay', ['--interval', NEVER, '--db', url]);
    await server().kill();
    await noted(watcher, 'trying again');
    await before.hangUp();
    const after = await startAgent('fay');
    await waitFor('its status', () => saidTo(manager, 'STATUS=waiting for the registry'));
    await server().start();
    await waitFor('the row', () => row('fay') === `alive ${after.pid}`, 60_000);
    await noted(watcher, 'answers again, and the rows are right');
    expect(
      watcher.notes().filter((line) => /again/.test(line)),
      watcher.notes().join('\n'),
    ).toHaveLength(2);
    expect(watcher.lines().map((line) => line.replace(/^\S+ /, ''))).toEqual(['1 new', '1 changed']);
  });

  it('finishes what it is writing when it is told to end', async () => {
    const { url, sql, row } = await place();
    const { pid } = await startAgent('gil');
    const registry = await openRegistry({ url });
    const { watcher, manager } = await registry.exclusively('gils-host', async () => {
      const started = await start('gil', ['--host-id', 'gils-host', '--db', url]);
      await waitFor('it to wait for us', () => isWaiting(sql));
      started.watcher.signal('SIGTERM');
      return started;
    });
    expect(await watcher.ended).toEqual({ code: 0, signal: null });
    expect(row('gil')).toBe(`alive ${pid}`);
    expect(saidTo(manager, 'STOPPING=1')).toBe(true);
    await registry.close();
  });

  it('ends at once at a second signal, and what was not finished is not there', async () => {
    const { url, sql, row } = await place();
    await startAgent('hal');
    const registry = await openRegistry({ url });
    await registry.exclusively('hals-host', async () => {
      const { watcher } = await start('hal', ['--host-id', 'hals-host', '--db', url]);
      await waitFor('it to wait for us', () => isWaiting(sql));
      watcher.signal('SIGINT');
      // Until it has taken the first one, a second of the same kind is the same signal.
      await waitFor('it to have heard', () => !catches(watcher.pid, 'SIGINT'));
      watcher.signal('SIGINT');
      expect(await watcher.ended).toEqual({ code: null, signal: 'SIGINT' });
    });
    expect(row('hal')).toBe('');
    await registry.close();
  });

  it('watches a host once: a second one is refused, and a plain sync is not', async () => {
    const { url } = await place();
    await startReady('ida', ['--host-id', 'idas-host', '--db', url]);
    const { watcher } = await start('ida', ['--host-id', 'idas-host', '--db', url]);
    expect(await watcher.ended).toEqual({ code: 4, signal: null });
    expect(watcher.notes()[0]).toMatch(/another plumb watches host idas-host \(server process \d+/);
    const flags = ['--host-id', 'idas-host', '--db', url, ...fleet.flags];
    expect((await fleet.plumb(['sync', ...flags])).code).not.toBe(4);
  });

  it('tells a program each change as one line of JSON', async () => {
    const { url } = await place();
    const { watcher } = await startReady('jo', ['--interval', NEVER, '--db', url, '-o', 'json']);
    const terminal = await startAgent('jo');
    await waitFor('a line', () => watcher.lines().length === 1);
    await terminal.hangUp();
    await waitFor('its end', () => watcher.lines().at(-1)?.includes('"dead"'));
    const all = watcher.lines().map((line) => JSON.parse(line));
    expect(all[0]).toMatchObject({ schema_version: 1, changes: [{ name: 'jo', change: 'insert', pid: terminal.pid }] });
    expect(all.at(-1)).toMatchObject({ changes: [{ name: 'jo', status: 'dead' }], unchanged: 0 });
  });

  it('gives signs of life to the service manager, also while it waits for a server that is away', async () => {
    const { url } = await place();
    const watchdog = { WATCHDOG_USEC: '400000' };
    const { watcher, manager } = await startReady('kim', ['--interval', NEVER, '--db', url], watchdog);
    const beats = () => manager.told().filter((line) => line === `${watcher.pid} WATCHDOG=1`).length;
    await waitFor('three beats', () => beats() >= 3);
    await server().kill();
    await noted(watcher, 'trying again');
    const then = beats();
    await waitFor('three more', () => beats() >= then + 3);
    await server().start();
    watcher.signal('SIGTERM');
    expect(await watcher.ended).toEqual({ code: 0, signal: null });
  });

  it('leaves the date to the journal, where stdout is one', async () => {
    const { url } = await place();
    await startAgent('lee');
    // What bash writes into the variable is what stdout is: a pipe of this test's.
    const script = 'exec 2>&1; JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$@"';
    const home = ['--home', `lee=${fleet.home('lee')}`, '--command', fleet.command];
    const command = [globalThis.process.execPath, PLUMB, 'sync', '--watch', ...home, '--db', url];
    const journal = startWatcher(['bash', '-c', script, 'bash', ...command], {
      cwd: fleet.directory,
      env: { PATH: globalThis.process.env['PATH'] ?? '', PLUMBLINE_CONFIG: '/dev/null' },
    });
    await waitFor('a line', () => journal.lines().some((line) => line === '1 new'));
  });

  it('dates its lines where stdout is not the journal that a program before it had', async () => {
    const { url } = await place();
    const { watcher } = await startReady('max', ['--interval', NEVER, '--db', url], { JOURNAL_STREAM: '1:1' });
    await startAgent('max');
    await waitFor('a line', () => watcher.lines().length === 1);
    expect(watcher.lines()[0]).toMatch(/^2\S+Z 1 new$/);
  });
});

describe('plumb sync --watch of the embedded registry', () => {
  it('holds it: others are told who has it', async () => {
    const env = { XDG_STATE_HOME: fleet.path('watched') };
    const { watcher } = await startReady('nan', ['--interval', NEVER], env);
    await noted(watcher, 'nobody else can use the embedded registry while it is watched');
    await startAgent('nan');
    await waitFor('the line', () => watcher.lines().length === 1);
    const { code, stderr } = await fleet.plumb(['registry', ...fleet.flags], { env });
    expect(code).toBe(4);
    expect(stderr).toContain(`held by pid ${watcher.pid} (plumb sync --watch), for 5 s now`);
    const { watcher: second } = await start('nan', [], env);
    expect(await second.ended).toEqual({ code: 4, signal: null });
    watcher.signal('SIGTERM');
    expect(await watcher.ended).toEqual({ code: 0, signal: null });
    expect((await fleet.plumb(['registry', ...fleet.flags], { env })).stdout).toContain('nan\talive\t');
  });
});

describe('plumb sync --watch', () => {
  it.each([
    [['--watch', '--dry-run'], '--watch goes with --interval only'],
    [['--watch', '--force'], '--watch goes with --interval only'],
    [['--watch', '--init'], '--watch goes with --interval only'],
    [['--watch', '--uninstall'], '--watch goes with --interval only'],
    [['--watch', '--adopt-host'], '--watch goes with --interval only'],
    [['--interval', '1s'], '--interval belongs to --watch'],
    [['--watch', '--interval', '5'], '--interval: 5 is no duration'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await fleet.plumb(['sync', ...fleet.flags, ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('wants to know what a session is, before anything is opened', async () => {
    const { code, stderr } = await fleet.plumb(['sync', '--watch', '--home', path.join(fleet.directory, '*')]);
    expect(code).toBe(2);
    expect(stderr).toContain('rows need commands');
  });
});

/** Whether somebody waits for an advisory lock. */
function isWaiting(sql: (text: string) => string): boolean {
  return sql(`select count(*) from pg_locks where locktype = 'advisory' and not granted`) !== '0';
}
