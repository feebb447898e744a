import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHost } from '../../src/kernel/host.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import type { ProcessFacts, ProcessStat } from '../../src/model/process.ts';
import { openRegistry } from '../../src/open-registry.ts';
import { databaseOf, dumpOf, installInto, removeFrom } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { PID_NAMESPACE, taskLines } from '../makers/task-lines.ts';

const { bootId } = readHost(liveMachine(), 'here');
const DIRECTORY = '0000fe000000000000000064';

const STAT: ProcessStat = {
  pid: 110,
  comm: 'claude',
  state: 'S',
  ppid: 1,
  pgid: 110,
  sid: 110,
  ttyNr: 34816,
  tpgid: 110,
  flags: 0,
  threadCount: 1,
  startTimeTicks: 1100n,
};
const FACTS: ProcessFacts = {
  stat: STAT,
  argv: { kind: 'value', value: ['claude'] },
  exe: { kind: 'value', value: { path: '/usr/bin/claude', file: null } },
  cwd: {
    kind: 'value',
    value: {
      path: '/x',
      chain: [
        { dev: 65024n, ino: 100n },
        { dev: 65024n, ino: 2n },
      ],
      deleted: false,
      cut: false,
    },
  },
  terminal: null,
  terminalTimes: null,
  namespacePids: null,
  stdin: null,
  groupLeader: 'present',
};

describe.each(postgresVersions().slice(-1))('plumb fdw --via bpf in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  /** Files that stand for pins, and a database of the operator's. */
  function operator() {
    const url = server().createDatabase();
    const pins = fs.mkdtempSync(`${server().directory}/pins`);
    fs.chmodSync(pins, 0o755);
    const facts = new Map([[STAT.pid, FACTS]]);
    const write = (name: string, text: string) => fs.writeFileSync(`${pins}/${name}`, text === '' ? '' : `${text}\n`);
    const lines = (options: Parameters<typeof taskLines>[2] = {}) => taskLines([STAT], facts, options);
    write('sessions_text', lines().tasks);
    write('arguments_text', lines().arguments);
    const machine = () => ({ pins, hostId: 'here', bootId, pidNamespace: BigInt(PID_NAMESPACE) });
    const install = (grants: readonly string[] = []) => installInto(url, [], { via: 'bpf', machine, grants });
    const sql = (text: string) => server().psql(text, databaseOf(url));
    const store = (more = '') => {
      sql(`insert into plumbline.home_rules values ('here', '{claude}') on conflict do nothing; delete from plumbline.homes;
        insert into plumbline.homes (host_id, name, path, level, generation, boot_id)
        values ('here', 'ada', '/srv/ada', '${DIRECTORY}', 7, '${bootId}'); ${more}`);
    };
    const told = () => sql('select name, verdict, pid, terminal, reason from kernel.sessions');
    return { url, pins, sql, store, told, install, write, lines, machine };
  }

  it('puts it there, does the same again without a change, and leaves nothing behind', async () => {
    const { url, sql, store, told, install } = operator();
    const before = dumpOf(version, url);
    expect((await install()).verified).toEqual([expect.stringContaining('no homes of this machine are stored')]);
    const installed = dumpOf(version, url);
    expect(() => told()).toThrow('no homes of this machine are stored');
    store();
    expect((await install()).verified).toEqual([]);
    expect(dumpOf(version, url)).toBe(installed);
    expect(told()).toBe('ada|alive|110|pts/0|it is the only claimant');
    expect(sql('select verdict, pid from kernel.homes')).toBe('alive|110');
    expect(sql('select pid, comm, exe_name, terminal, state from kernel.processes')).toBe('110|claude|claude|pts/0|S');
    const mute = `select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'kernel'::regnamespace and a.attnum > 0 and col_description(c.oid, a.attnum) is null`;
    expect(sql(mute)).toBe('');
    await removeFrom(url, 'kernel', { keeps: true });
    expect(dumpOf(version, url)).toBe(installed);
    await removeFrom(url);
    expect(dumpOf(version, url)).toBe(before);
  });

  it('leaves a registry its homes, which it has had before, or has taken over', async () => {
    const { url, sql, store, told, install } = operator();
    await install();
    store();
    const registry = await openRegistry({ url, anySchema: true });
    await registry.migrate();
    await registry.close();
    await install();
    expect(told()).toContain('ada|alive');
    await removeFrom(url);
    expect(sql('select name from plumbline.homes')).toBe('ada');
    await install();
    await removeFrom(url);
    expect(sql(`select count(*) from plumbline.migrations`)).toBe('4');
  });

  it('is not taken out while a view of the operator stands on it', async () => {
    const { url, sql, store, install } = operator();
    const before = dumpOf(version, url);
    await install();
    store();
    sql('create view mine as select name from kernel.sessions');
    await expect(removeFrom(url)).rejects.toMatchObject({ message: expect.stringContaining('view mine depends on') });
    sql('drop view mine');
    await removeFrom(url);
    expect(dumpOf(version, url)).toBe(before);
  });

  it('fails where anything of the reading is missing, rather than to answer less', async () => {
    const { store, told, install, sql, write, lines } = operator();
    await install();
    store();
    const { tasks, arguments: argv } = lines();
    const [header = '', row = '', end = ''] = tasks.split('\n');
    const other = (line: string, field: number, value: string) => line.split('\t').with(field, value).join('\t');
    for (const [text, message] of [
      ['', 'has no header'],
      [[row, end].join('\n'), 'has no header'],
      [[header, row].join('\n'), 'has no end: rows may be missing'],
      [[header, row, other(end, 1, '')].join('\n'), 'has no end: rows may be missing'],
      [[header, end].join('\n'), 'has 0 rows of 1'],
      [[header, row, row, end].join('\n'), 'has 2 rows of 1'],
      [[tasks, tasks].join('\n'), 'has 2 headers: it is no single reading'],
      [[other(header, 1, '2'), row, end].join('\n'), 'has layout 2'],
      [[other(header, 22, '7'), row, end].join('\n'), 'in pid namespace 7'],
    ] as const) {
      write('sessions_text', text);
      expect(() => told(), text).toThrow(message);
      expect(() => sql('select * from kernel.homes'), text).toThrow(message);
      expect(() => sql('select count(*) from kernel.processes'), text).toThrow(message);
      expect(() => sql('select pid from kernel.processes limit 1'), text).toThrow(message);
      // No condition is asked first, so that nobody were left for whom the rest had to be asked.
      expect(() => sql('select from kernel.processes where pid = 111'), text).toThrow(message);
      expect(() => sql('select exists (select from kernel.processes where pid = 111)'), text).toThrow(message);
    }
    write('sessions_text', tasks.replace('636c61756465\t', '62617368\t').replace('636c61756465', '62617368'));
    write('arguments_text', argv.split('\n').slice(0, 2).join('\n'));
    expect(() => told()).toThrow('has no end: rows may be missing');
  });

  it('says what to do where a pin cannot be read, and nothing of what stands in it', async () => {
    const { pins, sql, store, install, write, lines } = operator();
    await install();
    store();
    const { tasks } = lines();
    const views = ['sessions', 'homes', 'processes'] as const;
    const expectAll = (message: RegExp) => {
      for (const view of views) expect(() => sql(`select count(*) from kernel.${view}`), view).toThrow(message);
    };
    write('sessions_text', tasks.replaceAll(/$/gm, '\t7'));
    expectAll(/extra data after last expected column.*COPY tasks, line 1\n.*plumb bpf install and plumb fdw install/s);
    if (globalThis.process.getuid?.() === 0) {
      fs.chmodSync(`${pins}/sessions_text`, 0o600);
      fs.chownSync(`${pins}/sessions_text`, 0, 0);
      expectAll(/sessions_text.*usermod -aG plumbline postgres; systemctl restart/s);
    }
    fs.rmSync(`${pins}/sessions_text`);
    expectAll(/sessions_text.*HINT: {2}plumb bpf install pins it \(root\)/s);
  });

  it('says unknown, and why, of what it cannot compare', async () => {
    const { sql, store, told, install, write, lines } = operator();
    await install();
    const homes = (set: string) => store(`update plumbline.homes set ${set}`);
    homes(`boot_id = '00000000-0000-4000-8000-000000000000'`);
    expect(told()).toBe('ada|unknown|||it was stored in another boot (plumb homes --store)');
    homes('generation = 8');
    expect(told()).toMatch(/^ada\|unknown\|\|\|another directory has its number/);
    homes('generation = null');
    expect(told()).toContain('ada|alive|110');
    homes('level = null');
    expect(told()).toBe('ada|unknown|||its file system does not let it be compared');
    homes(`problem = 'it was gone'`);
    expect(told()).toBe('ada|unknown|||it was gone');
    homes(`level = '0000fe000000000000000065'`);
    expect(told()).toBe('');
    expect(sql('select verdict, reason from kernel.homes')).toBe(
      'unknown|no process is in it (which one look alone does not prove)',
    );
    // Where its chain ends too early, it may be in any home.
    write('sessions_text', lines({ verdict: () => 3 }).tasks);
    expect(told()).toBe('ada|unknown|||no session was seen, but 110 may be one, and where it is was not seen');
    write('sessions_text', lines({ verdict: () => 0 }).tasks);
    expect(told()).toBe('ada|unknown|||110, which may be a session, changed while it was read');
    store();
    write('sessions_text', lines({ verdict: () => 3 }).tasks);
    expect(told()).toContain('ada|alive|110');
    write('sessions_text', lines().tasks.replace('\t2\t1\t2\t0000', '\t0\t1\t2\t0000'));
    expect(told()).toBe('ada|unknown|||the directory was deleted');
  });

  it('opens command lines only where they decide, and says unknown where it may not', async () => {
    const { pins, sql, store, told, install, write, lines } = operator();
    await install();
    store();
    fs.rmSync(`${pins}/arguments_text`);
    expect(told()).toContain('ada|alive|110');
    sql(`update plumbline.home_rules set commands = '{codex}'`);
    const unknown =
      /^ada\|unknown\|\|\|whether 110 is a session is not known: its command line decides, and was not seen$/;
    expect(told()).toMatch(unknown);
    write('arguments_text', lines({ tellsArguments: () => false }).arguments);
    expect(told()).toMatch(unknown);
    write('arguments_text', lines().arguments);
    expect(told()).toBe('');
    write('arguments_text', lines().arguments.replace('636c6175646500', '2f782f636f64657800'));
    expect(told()).toContain('ada|alive|110');
  });

  it('grants the views, and what stands behind them to nobody', async () => {
    const { sql, store, install, write, lines } = operator();
    server().psql('create role bpf_reader');
    await install(['bpf_reader']);
    store();
    const as = (query: string) => () => sql(`set role bpf_reader; ${query}`);
    expect(as('select name, pid from kernel.sessions')()).toBe('ada|110');
    expect(as('select count(*) from kernel.homes')()).toBe('1');
    expect(as('select comm from kernel.processes')()).toBe('claude');
    // What a terminal is called stands in a table of its own: of the first console, which every machine has.
    const console = lines().tasks.replace('\t34816\t', '\t1025\t');
    write('sessions_text', console);
    expect(as('select terminal from kernel.processes')()).toBe('tty1');
    expect(as('select terminal from kernel.sessions')()).toBe('tty1');
    for (const table of ['tasks', 'arguments', 'boot', 'tty_drivers']) {
      expect(as(`select * from kernel_hosts.${table}`)).toThrow('permission denied');
    }
    expect(as(`select kernel_hosts.arguments_of(array[110])`)).toThrow('permission denied');
    expect(as(`select * from kernel_hosts.tasks_told()`)).toThrow('permission denied');
    expect(as('select * from plumbline.homes')).toThrow('permission denied');
  });

  it('says what is missing before anything is made', async () => {
    const { url, pins, sql, install, machine } = operator();
    const why = (options: Parameters<typeof installInto>[2], place = url) => {
      return installInto(place, [], { via: 'bpf', machine, ...options }).catch((it: unknown) => it);
    };
    const elsewhere = () => ({ ...machine(), bootId: '00000000-0000-4000-8000-000000000000' });
    expect(await why({ machine: elsewhere })).toMatchObject({ message: expect.stringContaining('another machine') });
    const inside = () => ({ ...machine(), pidNamespace: 7n });
    expect(await why({ machine: inside })).toMatchObject({ message: expect.stringContaining('another pid namespace') });
    if (globalThis.process.getuid?.() === 0) {
      fs.chmodSync(`${pins}/sessions_text`, 0o600);
      fs.chownSync(`${pins}/sessions_text`, 0, 0);
      expect(await why({})).toMatchObject({ hint: expect.stringContaining('usermod -aG plumbline') });
    }
    fs.rmSync(`${pins}/sessions_text`);
    expect(await why({})).toMatchObject({
      message: expect.stringContaining(`there is no ${pins}/sessions_text`),
      hint: expect.stringContaining('plumb bpf install'),
    });
    server().psql('create role bpf_clerk login');
    sql('create extension file_fdw; grant usage on foreign data wrapper file_fdw to bpf_clerk');
    sql(`grant create on database ${databaseOf(url)} to bpf_clerk`);
    expect(await why({}, url.replace('plumbline_test@', 'bpf_clerk@'))).toMatchObject({
      hint: 'as a superuser: grant pg_read_server_files to "bpf_clerk";',
    });
    await expect(install()).rejects.toMatchObject({ code: 'registry' });
    expect(sql(`select count(*) from pg_namespace where nspname like 'kernel%' or nspname = 'plumbline'`)).toBe('0');
  });
});
