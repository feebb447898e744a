import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { Fleet } from './plumb.ts';

const WRITER = path.join(import.meta.dirname, '../makers/registry-writer.mjs');

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

describe('plumb sync', () => {
  it('makes rows of sessions, changes nothing the second time, and says what has ended', async () => {
    const env = fleet.ownState();
    const [ada, bob] = [await fleet.start(fleet.home('ada')), await fleet.start(fleet.home('bob'))];
    const dry = await fleet.plumb(['sync', '--dry-run', ...fleet.flags], { env });
    expect(dry.stdout).toMatch(
      new RegExp(`^\\+ ada: alive, pid ${ada} on pts/\\d+: started ${ada}\\n\\+ bob: .*\\nwould write: 2 new\\n$`),
    );
    expect(fs.existsSync(env['XDG_STATE_HOME'] ?? '')).toBe(false);
    expect(await fleet.plumb(['sync', ...fleet.flags], { env })).toMatchObject({ code: 0, stdout: '2 new\n' });
    expect(await fleet.plumb(['sync', ...fleet.flags], { env })).toMatchObject({ code: 0, stdout: '2 as they were\n' });
    process.kill(ada, 'SIGKILL');
    const again = await fleet.start(fleet.home('ada'));
    process.kill(bob, 'SIGKILL');
    await until(async () => !(await fleet.plumb(['pid', 'bob', ...fleet.flags])).stdout);
    const told = await fleet.plumb(['registry', ...fleet.flags], { env });
    const rows = told.stdout.split('\n').map((line) => line.split('\t'));
    expect(rows[0]).toEqual([
      'ada',
      'alive',
      String(ada),
      ...[expect.any(String), expect.any(String)],
      'differs',
      `died ${ada}, started ${again}`,
    ]);
    expect(rows[1]?.slice(5)).toEqual(['differs', `died ${bob}`]);
    expect(await fleet.plumb(['sync', ...fleet.flags], { env })).toMatchObject({ stdout: '1 changed, 1 dead\n' });
    const after = JSON.parse((await fleet.plumb(['registry', '--json', ...fleet.flags], { env })).stdout);
    expect(after.rows).toMatchObject([
      { name: 'ada', status: 'alive', pid: again, now: 'same', difference: '' },
      { name: 'bob', status: 'dead', pid: bob, now: 'same', ended_at: expect.any(String) },
    ]);
    expect(after.rows[1].evidence[0]).toMatchObject({ fact: 'no process has its number' });
    process.kill(again, 'SIGKILL');
  });

  it('runs twice at once: both end well, and the rows are right', async () => {
    const env = fleet.ownState();
    const pid = await fleet.start(fleet.home('twin'));
    const flags = ['--home', `twin=${fleet.path('agents/twin')}`, '--command', fleet.command];
    const runs = await Promise.all([1, 2, 3].map(() => fleet.plumb(['sync', ...flags], { env })));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.map(({ stdout }) => stdout).sort()).toEqual(['1 as they were\n', '1 as they were\n', '1 new\n']);
    expect((await fleet.plumb(['registry', ...flags], { env })).stdout).toContain(`twin\talive\t${pid}\t`);
    process.kill(pid, 'SIGKILL');
  });

  it('is made by one of two that are the first at once', async () => {
    const env = fleet.ownState();
    const both = ['sync', ...fleet.flags];
    const told = await Promise.all([fleet.plumb(both, { env }), fleet.plumb(both, { env })]);
    expect(told.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
  });

  it('waits for another process that has the registry, and names it', async () => {
    const env = fleet.ownState();
    const directory = `${env['XDG_STATE_HOME']}/plumbline`;
    fs.mkdirSync(directory, { recursive: true });
    const writer = spawn(process.execPath, [WRITER, JSON.stringify({ directory, label: 'a writer' })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(writer.stdout, 'data');
    const { code, stderr } = await fleet.plumb(['sync', ...fleet.flags], { env });
    writer.kill('SIGKILL');
    expect(code).toBe(4);
    expect(stderr).toContain(`held by pid ${writer.pid} (a writer), for 5 s now`);
  });

  it.each([
    [[], 'rows need homes'],
    [['--home', '/srv/agents/*'], 'rows need commands'],
    [['--home', '/srv/agents/*', '--command', 'x', '--db', 'postgres://me:secret@h/d'], '--db holds a password'],
    [['--home', '/srv/agents/*', '--command', 'x', '--db', 'mysql://h/d'], 'it is not of the form postgres://'],
    [['--apply'], '--apply belongs to --init'],
    [['--init', '--apply'], 'the embedded registry needs no --init'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await fleet.plumb(['sync', ...args], { env: fleet.ownState() });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
  });

  it('without a registry: plumb registry says how to make one', async () => {
    const { code, stderr } = await fleet.plumb(['registry', ...fleet.flags], { env: fleet.ownState() });
    expect(code).toBe(4);
    expect(stderr).toContain('plumb sync makes it');
  });
});

describe.each(postgresVersions().slice(-1))('plumb sync in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version, ['shared_preload_libraries=pg_stat_statements']);

  it('shows the SQL, runs it, keeps rows, and at rest writes not a byte of WAL', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const flags = [...fleet.flags, '--db', url];
    const refused = await fleet.plumb(['sync', ...flags]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('plumb sync --init shows the SQL');
    const shown = await fleet.plumb(['sync', '--init', ...flags]);
    expect(shown.stdout).toContain('create table plumbline.sessions');
    expect(shown.stdout).toContain('grant insert, update on plumbline.hosts, plumbline.sessions');
    expect((await fleet.plumb(['sync', '--init', '--apply', ...flags])).stdout).toContain('has the schema now');
    expect((await fleet.plumb(['sync', '--init', '--apply', ...flags])).stdout).toContain('already had the schema');
    const pid = await fleet.start(fleet.home('zoe'));
    await fleet.plumb(['sync', ...flags]);
    // The first reader after a write tidies the pages up, which is no writing of ours.
    await fleet.plumb(['sync', ...flags]);
    server().psql('create extension pg_stat_statements', database);
    server().psql('select pg_stat_statements_reset()', database);
    expect((await fleet.plumb(['sync', ...flags])).stdout).toMatch(/^\d+ as they were\n$/);
    const wal = server().psql(
      'select count(*) > 3, sum(wal_bytes), sum(wal_records) from pg_stat_statements',
      database,
    );
    expect(wal).toBe('t|0|0');
    expect(server().psql(`select status || pid from plumbline.sessions where name = 'zoe'`, database)).toBe(
      `alive${pid}`,
    );
    process.kill(pid, 'SIGKILL');
    const down = await fleet.plumb(['sync', '--uninstall', ...flags]);
    expect(down).toMatchObject({ code: 0, stdout: 'drop schema plumbline cascade;\n' });
  });

  it('runs three times at once: one writes, and the others find it done', async () => {
    const url = server().createDatabase();
    await fleet.plumb(['sync', '--init', '--apply', '--db', url]);
    const pid = await fleet.start(fleet.home('yan'));
    const flags = ['--home', `yan=${fleet.path('agents/yan')}`, '--command', fleet.command, '--db', url];
    const runs = await Promise.all([1, 2, 3].map(() => fleet.plumb(['sync', ...flags])));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.map(({ stdout }) => stdout).sort()).toEqual(['1 as they were\n', '1 as they were\n', '1 new\n']);
    process.kill(pid, 'SIGKILL');
  });

  it('is asked by the environment as well, and by a configuration file', async () => {
    const url = server().createDatabase();
    await fleet.plumb(['sync', '--init', '--apply', '--db', url]);
    const env = { PLUMBLINE_DATABASE_URL: url };
    expect((await fleet.plumb(['sync', ...fleet.flags], { env })).code).toBe(0);
    fs.writeFileSync(fleet.path('db.toml'), `[registry]\nurl = "${url}"\nmax_dead_per_pass = 1\n`);
    const ran = await fleet.plumb(['registry', ...fleet.flags, '--config', fleet.path('db.toml')]);
    expect(ran.code).toBe(0);
  });
});

describe('plumb doctor', () => {
  it('says of each thing whether it is fine, or what is lost and what mends it', async () => {
    const { code, stdout } = await fleet.plumb(['doctor', '--json', ...fleet.flags], { env: fleet.ownState() });
    const { findings } = JSON.parse(stdout) as { findings: { what: string; state: string; mend: string }[] };
    expect([0, 3]).toContain(code);
    const names = findings.map(({ what }) => what).filter((what) => what !== 'coverage');
    const all = [
      'kernel',
      'rights',
      'procfs',
      'namespace',
      'list',
      'kernel text',
      'homes',
      'host id',
      'koffi',
      'sql',
      'open files',
      'networks',
      'iterator',
      'source',
      'tmux',
      'screen',
      'typing',
      'registry',
    ];
    expect(names).toEqual(all);
    for (const { state, mend, what } of findings)
      if (state !== 'fine' && what !== 'coverage') expect(mend).not.toBe('');
  });

  it('says that a server does not answer, and ends with 4', async () => {
    const { code, stdout } = await fleet.plumb([
      'doctor',
      ...fleet.flags,
      '--db',
      `postgres://x@/x?host=${fleet.directory}`,
    ]);
    expect(code).toBe(4);
    expect(stdout).toContain('registry\tfailed\t');
    expect(stdout).toContain('is the server running?');
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) if (await isTrue()) return;
  throw new Error('it did not become true');
}
