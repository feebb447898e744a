/** `plumb sql` as it is run: real terminals, and what it says of them in every format. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { openShell } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet, PLUMB } from './plumb.ts';

requires('cc');

/** It never ends by itself. */
const ENDLESS = 'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t';

let fleet: Fleet;
let ada: number;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
  await fleet.start(fleet.home('bob'));
});
afterAll(() => fleet.end());

/** Runs it with its output piped. */
function sql(...words: readonly string[]) {
  return fleet.plumb(['sql', ...words, ...fleet.flags]);
}

describe('plumb sql', () => {
  it('answers in lines where it is piped', async () => {
    const { code, stdout } = await sql('select name, pid, cwd, null, true from sessions order by name limit 1');
    expect(stdout).toBe(`ada\t${ada}\t${fleet.path('agents/ada')}\t\ttrue\n`);
    expect(code).toBe(0);
  });

  it('answers in a table on a terminal', async () => {
    const words = ['sql', "select name, pid, null as nothing from sessions where name = 'ada'", ...fleet.flags];
    const { code, stdout } = await fleet.plumbOnTerminal([...words, '--no-color']);
    const [headings, row] = stdout.split('\n');
    expect([headings, row]).toEqual([`name  ${'pid'.padStart(String(ada).length)}  nothing`, `ada   ${ada}  NULL`]);
    expect(code).toBe(0);
  });

  it('answers in one JSON object, with what the look has lacked', async () => {
    const { stdout, stderr, code } = await sql(
      '-o',
      'json',
      "select name, pid, start_time_ticks, observed_at, detached, claimants from sessions where name = 'ada'",
    );
    const answer = JSON.parse(stdout);
    expect(answer).toEqual({
      schema_version: 1,
      observed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      host_id: expect.any(String),
      coverage: { complete: expect.any(Boolean), reasons: expect.any(Array) },
      columns: ['name', 'pid', 'start_time_ticks', 'observed_at', 'detached', 'claimants'],
      rows: [
        {
          name: 'ada',
          pid: ada,
          start_time_ticks: expect.stringMatching(/^\d+$/),
          observed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
          detached: false,
          claimants: expect.any(Array),
        },
      ],
    });
    expect([stderr, code]).toEqual(['', 0]);
  });

  it('answers in objects of a line each, and in CSV', async () => {
    const ask = "select name, pid, '' as empty, null as nothing from sessions where name = 'ada'";
    expect((await sql('-o', 'ndjson', ask)).stdout).toBe(`{"name":"ada","pid":${ada},"empty":"","nothing":null}\n`);
    expect((await sql('-o', 'csv', ask)).stdout).toBe(`name,pid,empty,nothing\nada,${ada},"",\n`);
    expect((await sql('-o', 'csv', '--no-headings', ask)).stdout).toBe(`ada,${ada},"",\n`);
  });

  it('takes statements from stdin, and answers each of them, of one snapshot', async () => {
    const flags = fleet.flags.map((it) => `'${it}'`).join(' ');
    const text = 'select distinct observed_at from sessions; select distinct observed_at from sessions;';
    for (const word of ['', '-']) {
      const { stdout, code } = await fleet.shell(`echo '${text}' | plumb sql ${word} -o ndjson ${flags}`);
      const [first, second, ...others] = stdout.split('\n');
      expect(first).toMatch(/^\{"observed_at":"/);
      expect([second, others, code]).toEqual([first, [''], 0]);
    }
  });

  it('joins what the kernel tracks to the sessions', async () => {
    const { stdout } = await sql(
      `select s.name, count(*) from sessions s join processes p on p.session = s.name group by 1 order by 1`,
    );
    expect(stdout).toMatch(/^ada\t\d+\nbob\t\d+\n$/);
  });

  it('lists the tables, and the columns of one', async () => {
    const { stdout } = await sql('--tables');
    const tables = stdout.split('\n').map((line) => line.split('\t')[0]);
    expect(tables).toEqual(expect.arrayContaining(['sessions', 'processes', 'connections', 'coverage']));
    expect((await sql('--tables', 'sessions')).stdout).toMatch(/^name\ttext\t/);
    const { code, stderr } = await sql('--tables', 'sesions');
    expect([code, stderr]).toEqual([2, 'plumb: there is no table sesions\n       did you mean sessions?\n']);
  });
});

describe('plumb sql, asked wrongly', () => {
  it('shows where a statement is wrong, and what was probably meant', async () => {
    const { code, stdout, stderr } = await sql('select name\nfrom sesions');
    expect(stderr).toBe(
      'plumb: relation "sesions" does not exist\n       did you mean sessions?\nLINE 2: from sesions\n             ^\n',
    );
    expect([code, stdout]).toEqual([2, '']);
    const column = await sql('select nmae from sessions');
    expect(column.stderr).toMatch(
      /^plumb: column "nmae" does not exist\n {7}Perhaps .*sessions\.name.*\nLINE 1: select nmae/,
    );
    expect(column.code).toBe(2);
  });

  it.each([
    ['selct 1', '42601'],
    ['select 1; select', '42P01'],
    ['create table t (a int)', '25006'],
    ["insert into sessions (name) values ('x')", '25006'],
    ["select pg_read_file('/etc/passwd')", '42501'],
    ["copy (select 1) to '/tmp/x'", '42501'],
    ['copy (select 1) to stdout', '0A000'],
    ['select 1 / 0', '22012'],
  ])('%s ends with 2', async (statement, sqlstate) => {
    const { code, stdout, stderr } = await sql('-o', 'json', statement.replace('; select', '; select * from nothing'));
    const { error, ...rest } = JSON.parse(stderr);
    expect(rest).toEqual({ schema_version: 1 });
    expect(error).toMatchObject({ code: 'sql', sqlstate, message: expect.any(String) });
    expect([code, stdout]).toEqual([2, '']);
  });

  it('says what to ask where nothing is asked', async () => {
    for (const words of [[], [' '], ['/* nothing */']]) {
      const { code, stderr, stdout } = await sql(...words);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/no statement|is empty/);
    }
    const { code, stdout } = await fleet.plumbOnTerminal(['sql']);
    expect(code).toBe(2);
    expect(stdout).toContain("plumb sql 'select name, pid, cwd from sessions'");
    expect(stdout).toContain('connections');
  });

  it('says which homes no directory matches, where they are looked for', async () => {
    const pattern = `${fleet.directory}/nowhere/*`;
    for (const format of ['tsv', 'json']) {
      const { code, stderr } = await fleet.plumb(['sql', '-o', format, '--home', pattern, 'select name from sessions']);
      expect([code, stderr]).toEqual([0, expect.stringContaining(`no directory matches ${pattern}`)]);
    }
    expect((await fleet.plumb(['sql', '--home', pattern, 'select 1'])).stderr).toBe('');
  });

  it('takes only the formats and options that make sense', async () => {
    expect((await sql('-o', 'yaml', 'select 1')).code).toBe(2);
    expect((await sql('--timeout', '5', 'select 1')).stderr).toContain('--timeout: 5 is no duration');
    expect((await sql('--socket', '/run', '--connect', 'postgres://a', 'select 1')).code).toBe(2);
    const { code, stderr } = await sql('--socket', fleet.directory, 'select 1');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--home')]);
    expect((await fleet.plumb(['sql', '--socket', fleet.directory, 'select 1'])).code).toBe(4);
    expect((await fleet.plumb(['list', '-o', 'csv'])).code).toBe(2);
  });

  it('refuses an object with two values of one name', async () => {
    const twice = await sql('-o', 'json', 'select 1 as a, 2 as a');
    expect([twice.code, twice.stdout]).toEqual([2, '']);
    expect(JSON.parse(twice.stderr).error.message).toBe('two columns are named a, and a JSON object has room for one');
    expect((await sql('-o', 'csv', 'select 1 as a, 2 as a')).stdout).toBe('a,a\n1,2\n');
  });
});

describe('plumb sql, ended', () => {
  it('ends a statement that takes too long, with 1', async () => {
    const { code, stderr, stdout } = await sql('--timeout', '200ms', ENDLESS);
    expect(stderr).toContain('statement timeout');
    expect([code, stdout]).toEqual([1, '']);
  });

  it('ends an answer that is too large, with 1', async () => {
    const { code, stderr } = await sql("select repeat('x', 1000000) from generate_series(1, 1000000)");
    expect(stderr).toMatch(/bytes/);
    expect(code).toBe(1);
  });

  it('ends at once with Ctrl-C, whatever the engine does', async () => {
    const terminal = await openShell({ cwd: fleet.directory, env: { PLUMBLINE_CONFIG: '/dev/null' } });
    terminal.type(`'${globalThis.process.execPath}' '${PLUMB}' sql '${ENDLESS}'`);
    await waitFor('the statement to run', () => isBusyBelow(terminal.pid, 2));
    terminal.press('\x03');
    terminal.type('echo "ended with $?"');
    await waitFor('its end', () => terminal.shown().includes('ended with 130'));
    expect(isBusyBelow(terminal.pid, 0)).toBe(false);
  });
});

/** Whether something that a shell has started has used so many seconds of processor time. */
function isBusyBelow(shell: number, seconds: number): boolean {
  return processTable().some(({ pid, ppid }) => ppid === shell && secondsOf(pid) >= seconds);
}

function secondsOf(pid: number): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe('plumb sql of odd names', () => {
  const NAMES = [
    'a\tb\nc',
    '\x1b[31mred',
    'say "x", y',
    "it's",
    '\\x41\\',
    '\u65e5\u672c \u{1f600}',
    '\u202egnp',
    '{a,b}',
    'o\xff\xfe',
  ];
  const bytesOf = (name: string) => Buffer.from(name, name.includes('\xff') ? 'latin1' : 'utf8');

  beforeAll(async () => {
    for (const [index, name] of NAMES.entries()) {
      const home = Buffer.concat([Buffer.from(`${fleet.path('odd')}/`), bytesOf(name)]);
      fs.mkdirSync(home, { recursive: true });
      // No string is the path of a name that is not UTF-8.
      fs.symlinkSync(home, fleet.path(`way-${index}`));
      await fleet.start(fleet.path(`way-${index}`));
    }
  });

  const ask = () => ['sql', 'select name from sessions', '--home', fleet.path('odd/*'), '--command', fleet.command];
  const expected = () => NAMES.map((name) => bytesOf(name).toString('hex')).sort();
  /** The bytes that a text column stands for. */
  const stored = (text: string) => {
    const bytes = Buffer.from(text).toString('latin1');
    const back = bytes.replace(/\\(?:\\|x([0-9A-F]{2}))/g, (_, hex) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : '\\',
    );
    return Buffer.from(back, 'latin1').toString('hex');
  };

  it('keeps them whole in JSON', async () => {
    for (const format of ['json', 'ndjson']) {
      const { stdout } = await fleet.plumb([...ask(), '-o', format]);
      const rows: { name: string }[] =
        format === 'json'
          ? JSON.parse(stdout).rows
          : stdout
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line));
      expect(rows.map(({ name }) => stored(name)).sort()).toEqual(expected());
    }
  });

  it('keeps them whole in CSV', async () => {
    const { stdout } = await fleet.plumb([...ask(), '-o', 'csv', '--no-headings']);
    const fields = [...stdout.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]+))\n/gy)];
    const names = fields.map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain);
    expect(names.map(stored).sort()).toEqual(expected());
  });

  it('keeps them whole in lines', async () => {
    const { stdout } = await fleet.plumb([...ask(), '-o', 'tsv']);
    const short: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };
    const names = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        return line.replace(/\\(?:x([0-9A-F]{2})|(.))/g, (_, hex, mark) =>
          hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (short[mark] ?? '?'),
        );
      });
    expect(names.map(stored).sort()).toEqual(expected());
  });

  it('shows a terminal nothing that it obeys', async () => {
    for (const format of ['table', 'wide', 'csv']) {
      const { stdout } = await fleet.plumbOnTerminal([...ask(), '-o', format, '--no-color', '--no-headings']);
      // What could not be seen of other processes is told there as well.
      const rows = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('plumb: '));
      expect(rows).toHaveLength(NAMES.length);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
      expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    }
  });
});
