import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../makers/certificate.ts';
import { databaseOf } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { agentInMovedPane, ended, spawned, terminalOf } from './agents.ts';
import { Fleet } from './plumb.ts';
import { serve } from './serve.ts';

/** Who a test's own server runs as. */
const NOBODY = '65534';
const MAPPING = [
  ...['--table', 'public.agents', '--key', 'name', '--pid', 'pid', '--tty', 'tty', '--pane', 'pane', '--host', 'host'],
  ...['--status', 'status', '--alive', 'running', '--alive', 'idle', '--dead', 'dead', '--column', 'observed_at=seen'],
];

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

describe.each(postgresVersions().slice(-1))('plumb fdw with plumb serve, in Postgres $major', (version) => {
  requires('setpriv', 'postgres', 'openssl', 'tmux', 'unshare', 'pid namespaces', 'the whole machine', 'root');
  const server = usePostgres(version);

  function operator() {
    const url = server().createDatabase();
    return { url, sql: (text: string) => server().psql(text, databaseOf(url)) };
  }

  /** Runs it, and fails with what it says where it fails. */
  async function plumb(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await fleet.plumb(words);
    if (code !== 0) throw new Error(`plumb ${words.join(' ')}: ${code}: ${stderr}`);
    return stdout;
  }

  /** A directory that everybody may enter, for a socket. */
  function socketDirectory(name: string): string {
    const directory = fleet.path(name);
    fs.mkdirSync(directory, { recursive: true });
    fs.chmodSync(directory, 0o755);
    return directory;
  }

  it('agrees with plumb sync --table on the same situation', async () => {
    const { url, sql } = operator();
    sql(`create table agents (
      name text primary key, pid integer, tty text, pane text, host text, status text not null, seen timestamptz, note text
    )`);
    const row = (name: string, pid: number | null, tty: string | null, status = 'running', host = 'here') => {
      const quoted = (text: string | null) => (text === null ? 'null' : `'${text}'`);
      sql(`insert into agents values ('${name}', ${pid ?? 'null'}, ${quoted(tty)}, null, '${host}', '${status}',
        now() - interval '1 hour', 'kept ${name}')`);
    };
    for (const [name, status] of [
      ['right', 'running'],
      ['fine', 'idle'],
    ] as const) {
      const pid = await fleet.start(fleet.home(name));
      row(name, pid, `/dev/${terminalOf(pid)}`, status);
    }
    fleet.home('dead');
    row('dead', await ended(), 'pts/77');
    row('homeless', await ended(), 'pts/77');
    row('again', await ended(), terminalOf(await fleet.start(fleet.home('again'))));
    fleet.home('reused');
    row('reused', await spawned('/bin/sleep', ['1000'], '/'), 'pts/77');
    row('moved', await fleet.start(fleet.home('moved')), 'pts/777');
    row('lost', await spawned(fleet.path(fleet.command), ['1000'], fleet.home('lost')), 'pts/77');
    await fleet.start(fleet.home('fresh'));
    row('risen', await ended(), terminalOf(await fleet.start(fleet.home('risen'))), 'dead');
    row('nobody', null, null);
    fleet.home('nobody');
    row('older', await ended(), 'pts/1', 'dead');
    row('theirs', await ended(), 'pts/1', 'running', 'elsewhere');
    const paned = await agentInMovedPane(fleet, fleet.home('paned'));
    row('paned', paned.pid, paned.terminal);
    sql(`update agents set pane = '${paned.before}' where name = 'paned'`);
    // What nobody can settle from a bare pid, or may only be settled by who knows which programs are agents.
    fleet.home('away');
    const away = await fleet.start(fleet.directory);
    row('away', away, terminalOf(away));
    for (let times = 0; times < 2; times++) await fleet.start(fleet.home('both'));
    row('both', await ended(), null);
    row('odd', await ended(), null, 'paused');
    fleet.home('odd');
    const unsettled = ['away', 'both', 'theirs'];

    const directory = socketDirectory('socket');
    await serve(fleet, ['--pg', directory, '--allow-user', NOBODY, '--host-id', 'here']);
    await plumb('fdw', 'install', '--apply', '--db', url, '--endpoint', directory, '--insert', ...MAPPING);
    // Rows of one table can write a terminal in both ways; which one is a row's own here, and that of most when it is written.
    const values = `name, status, pid, replace(tty, '/dev/', ''), pane, host, note`;
    const read = (table: string) => sql(`select ${values} from ${table} order by name`).split('\n');
    const isSettled = (line: string) => !unsettled.some((name) => line.startsWith(`${name}|`));
    // On a machine where much is started and ended, a look may not be able to prove who is not there.
    const view = await waitFor('all to be seen', () => {
      const rows = read('kernel.agents');
      return rows.filter(isSettled).every((line) => line.split('|')[1] !== '') && rows;
    });
    const checked = sql(`select coalesce(name, kernel_name), drift <> '{}' from kernel.sessions_checked order by 1`);
    const before = read('public.agents');
    // The same is true of the look that a sync makes.
    const after = await waitFor('a sync that can prove who is not there', async () => {
      const sync = ['sync', '--insert', '--db', url, '--host-id', 'here', ...MAPPING, ...fleet.flags];
      expect((await fleet.plumb(sync)).stderr).not.toContain('plumbline has a bug');
      const rows = read('public.agents');
      return rows.some((line) => line.startsWith('nobody|dead|')) && rows;
    });
    expect(view.filter(isSettled)).toEqual(after.filter(isSettled));
    expect(view.filter((line) => !isSettled(line))).toEqual([
      'away|||||here|kept away',
      'both|||||here|kept both',
      'theirs|||||elsewhere|kept theirs',
    ]);
    // What is flagged is what was written.
    const flagged = checked.split('\n').filter((line) => line.endsWith('|t'));
    const written = after.filter((line) => !before.includes(line)).map((line) => `${line.split('|')[0]}|t`);
    expect(flagged).toEqual(written);
    expect(read('kernel.agents').filter(isSettled)).toEqual(after.filter(isSettled));
    expect(sql(`select count(*) from kernel.sessions_checked where drift <> '{}'`)).toBe('0');
  });

  it('asks three machines, of which one is killed and one hangs', async () => {
    const { url, sql } = operator();
    await fleet.start(fleet.home('three'));
    const names = ['well', 'killed', 'hung'];
    const served = await Promise.all(
      names.map((name) => serve(fleet, ['--pg', '127.0.0.1:0', '--allow-user', NOBODY, '--host-id', name])),
    );
    const endpoints = served.flatMap(({ addresses }, index) => ['--endpoint', `${names[index]}=${addresses[0]}`]);
    await plumb('fdw', 'install', '--apply', '--db', url, ...endpoints);
    const query = `select host_id from kernel.sessions where name = 'three' order by 1`;
    expect(sql(query)).toBe('hung\nkilled\nwell');
    served[1]?.server.signal('SIGKILL');
    await served[1]?.server.ended;
    expect(() => sql(query)).toThrow('could not connect to server "kernel_killed"');
    const { default: pg } = await import('pg');
    const client = new pg.Client(url.replace('@/', '@localhost/'));
    await client.connect();
    // What would hang fails instead.
    await client.query(`set statement_timeout = '30s'`);
    const kept = async (query: string) => (await client.query<{ readonly it: string }>(query)).rows.map(({ it }) => it);
    const up = 'select it from unnest(kernel.up()) it where it is not null order by 1';
    expect(await kept(up)).toEqual(['hung', 'well']);
    served[2]?.server.signal('SIGSTOP');
    // Its connection is kept, and takes what is asked without a word.
    expect(await kept(up)).toEqual(['well']);
    await client.end();
    const ups = `select host_id from kernel.sessions where name = 'three' and host_id = any (kernel.up()) order by 1`;
    expect(sql(ups)).toBe('well');
    expect(sql('select name, up from kernel.hosts order by 1')).toBe('hung|f\nkilled|f\nwell|t');
    served[2]?.server.signal('SIGCONT');
    await waitFor('it to answer again', () => sql(ups) === 'hung\nwell');
    await plumb('fdw', 'remove', '--apply', '--db', url);
    expect(sql(`select count(*) from pg_namespace where nspname like 'kernel%'`)).toBe('0');
  });

  it('goes on over a connection whose endpoint was started again', async () => {
    const { url } = operator();
    const pid = await fleet.start(fleet.home('lasting'));
    const directory = socketDirectory('restarted');
    const words = ['--pg', directory, '--allow-user', NOBODY];
    const { server: first } = await serve(fleet, words);
    await plumb('fdw', 'install', '--apply', '--db', url, '--endpoint', directory);
    const { default: pg } = await import('pg');
    const client = new pg.Client(url.replace('@/', '@localhost/'));
    await client.connect();
    try {
      const read = async () => (await client.query(`select pid from kernel.sessions where name = 'lasting'`)).rows;
      expect(await read()).toEqual([{ pid: String(pid) }]);
      first.signal('SIGKILL');
      await first.ended;
      await expect(read()).rejects.toThrow('could not connect');
      await serve(fleet, words);
      expect(await read()).toEqual([{ pid: String(pid) }]);
    } finally {
      await client.end();
    }
  });

  it('runs plumb itself where the server is to, and says why it may not', async () => {
    const { url, sql } = operator();
    const pid = await fleet.start(fleet.home('run'));
    const directory = socketDirectory('asked');
    await serve(fleet, ['--pg', directory, '--allow-user', NOBODY]);
    const install = ['fdw', 'install', '--via', 'program', '--db', url];
    const shown = await plumb(...install, '--endpoint', directory);
    expect(shown).toContain('create server "kernel_program" foreign data wrapper file_fdw;');
    await plumb(...install, '--apply', '--endpoint', directory);
    expect(sql(`select pid from kernel.sessions where name = 'run'`)).toBe(String(pid));
    expect(sql('select up from kernel.hosts')).toBe('t');
    // What nobody sees is not enough.
    const { code, stderr } = await fleet.plumb([...install, ...fleet.flags]);
    expect(stderr).toMatch(/its user (?:does not see all sessions|cannot run plumb)/);
    expect(stderr).toContain('--via wire');
    expect(code).toBeGreaterThan(0);
  });

  it('has a password for an endpoint that asks for one, and shows it to nobody', async () => {
    const { url, sql } = operator();
    const pid = await fleet.start(fleet.home('secret'));
    const { certificateFile, keyFile } = makeCertificate(fleet.directory, 'localhost');
    await fleet.shell('umask 077; printf %s wonderful | plumb serve --user-line clerk > users');
    const tls = ['--tls-cert', certificateFile, '--tls-key', keyFile, '--users', fleet.path('users')];
    const { addresses } = await serve(fleet, ['--pg', '127.0.0.1:0', ...tls]);
    const port = addresses[0]?.split(':')[1];
    const endpoint = `postgres://clerk@127.0.0.1:${port}/plumbline?sslmode=require`;
    fs.writeFileSync(fleet.path('pgpass'), `127.0.0.1:${port}:plumbline:clerk:wonderful\n`, { mode: 0o600 });
    server().psql('create role outsider');
    const install = (...words: readonly string[]) => {
      const all = ['fdw', 'install', '--db', url, '--endpoint', endpoint, '--grant', 'outsider', ...words];
      return fleet.plumb(all, { env: { PGPASSFILE: fleet.path('pgpass') } });
    };
    const shown = await install();
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toContain(`password 'THE PASSWORD'`);
    expect(shown.stdout + shown.stderr).not.toContain('wonderful');
    expect((await install('--apply')).code).toBe(0);
    expect(sql(`set role outsider; select pid from kernel.sessions where name = 'secret'`)).toBe(String(pid));
    fs.writeFileSync(fleet.path('pgpass'), `127.0.0.1:${port}:plumbline:clerk:wrong\n`);
    expect((await install('--apply')).stderr).toContain('~/.pgpass holds the password of the endpoint');
  });

  it('says whom the endpoint has to let in', async () => {
    const { url } = operator();
    const directory = socketDirectory('closed');
    await serve(fleet, ['--pg', directory]);
    const { code, stderr } = await fleet.plumb(['fdw', 'install', '--db', url, '--endpoint', directory]);
    expect(stderr).toContain('plumb serve --allow-user');
    expect(stderr).toMatch(/the database's server runs as (?:nobody|65534)/);
    expect(code).toBe(4);
  });
});
