/** The commands that are made from descriptions: the same for every relation, tried on the processes of a session. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';
import { requires } from '../makers/requires.ts';
import { Fleet } from './plumb.ts';

const NAMES = KERNEL_RELATIONS.map(({ name }) => name);
const CHILDREN = 8;
const NOBODY = 65534;

let fleet: Fleet;
let ada: number;

beforeAll(async () => {
  fleet = new Fleet();
  fleet.home('empty');
  const script = `for i in $(seq ${CHILDREN}); do ${fleet.path(fleet.command)} 999 & done; wait`;
  ada = await fleet.start(fleet.home('ada'), '/bin/bash', ['-c', script]);
  await fleet.until(async () => (await rows('processes')).length === CHILDREN + 1);
});
afterAll(() => fleet.end());

const flags = () => ['--home', fleet.path('agents/*'), '--command', 'bash'];

async function rows(relation: string, ...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await fleet.plumb([relation, 'ada', '-o', 'ndjson', ...flags(), ...args]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe('a command for a relation', () => {
  it.each(NAMES)('%s: one answer in every format', async (name) => {
    const relation = KERNEL_RELATIONS.find((it) => it.name === name);
    const json = await fleet.plumb([name, 'ada', '-o', 'json', ...flags()]);
    expect([0, 3]).toContain(json.code);
    const answer = JSON.parse(json.stdout);
    const told = answer[name] as Record<string, unknown>[];
    const columns = relation?.columns.filter(({ flag }) => flag === undefined).map((it) => it.name) ?? [];
    for (const row of told) expect(Object.keys(row).filter((key) => !key.endsWith('_base64'))).toEqual(columns);
    const tsv = await fleet.plumb([name, 'ada', ...flags()]);
    for (const line of tsv.stdout.split('\n').filter(Boolean)) {
      expect(line.split('\t')).toHaveLength(relation?.shown.length ?? 0);
    }
    const wide = await fleet.plumb([name, 'ada', '-o', 'wide', ...flags()]);
    if (told.length > 0) expect(wide.stdout.split('\n')[0]).toContain(columns.at(-1)?.toUpperCase());
    const help = await fleet.plumb([name, '--help']);
    for (const column of columns) expect(help.stdout).toContain(` ${column} `);
  });

  it('narrows to the whole tree of a session', async () => {
    const all = await rows('processes');
    expect(all).toHaveLength(CHILDREN + 1);
    expect(all.map((it) => it['session'])).toEqual(all.map(() => 'ada'));
    expect(all).toContainEqual(expect.objectContaining({ pid: ada, joined_by: 'owner' }));
  });

  it('has the columns that were asked for, in their order', async () => {
    const tsv = await fleet.plumb(['processes', 'ada', '--columns', 'session,pid', ...flags()]);
    expect(tsv.stdout).toContain(`ada\t${ada}\n`);
    const table = await fleet.plumb(['processes', 'ada', '--columns', 'joined_by,pid', '-o', 'table', ...flags()]);
    expect(table.stdout).toMatch(/^JOINED_BY +PID\n/);
    expect(Object.keys((await rows('processes', '--columns', 'pid,ppid'))[0] ?? {})).toEqual(['pid', 'ppid']);
  });

  it.each([
    [['--columns', 'pid,comn'], 'did you mean comm?'],
    [['--columns', 'pid,pid'], 'stands there twice'],
    [['--columns', ''], 'no column without a name'],
    [['-o', 'yaml'], 'table, wide, tsv, json, ndjson'],
  ])('refuses %j', async (args, expected) => {
    const { code, stdout, stderr } = await fleet.plumb(['processes', ...args, ...flags()]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
  });

  it('ends with 1 for a session that provably is not there', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['processes', 'empty', ...flags()]);
    expect([1, 3]).toContain(code);
    expect(stdout).toBe('');
    expect(stderr).toContain('empty');
  });

  it('ends with 0 where a session has none of something, whatever of others is denied', async () => {
    // Where processes come and go too fast to be seen all, the session may have more of them.
    await fleet.until(async () => (await fleet.plumb(['locks', 'ada', ...flags()])).code === 0);
  });

  it('ends with 1 for a home that two claim, and has the rows of both', async () => {
    // Elsewhere than the other homes, which other tests list.
    const home = fleet.path('torn');
    fs.mkdirSync(home);
    const pids = [await fleet.start(home), await fleet.start(home)];
    const claimed = ['--home', `torn=${home}`, '--command', fleet.command];
    const { code, stdout, stderr } = await fleet.plumb(['processes', 'torn', '--columns', 'pid', ...claimed]);
    expect({ code, rows: stdout.split('\n').filter(Boolean).sort() }).toEqual({
      code: 1,
      rows: pids.map(String).sort(),
    });
    expect(stderr).toContain('torn is ambiguous');
  });

  it('fits a terminal', async () => {
    const columns = 80;
    const { stdout } = await fleet.plumbOnTerminal(['mounts', ...flags(), '--no-color'], { columns });
    const table = stdout.split('\n').filter((line) => !line.startsWith('plumb: ') && !line.startsWith('       '));
    for (const line of table) expect([...line].length).toBeLessThanOrEqual(columns);
  });
});

describe('a command for a relation, of another user', () => {
  requires('root');

  it('ends with 3 where a process of the session may not be looked into', async () => {
    const theirs = new Fleet();
    onTestFinished(() => theirs.end());
    // What runs a file that it may not read is hidden from its own user as well.
    const closed = theirs.path('closed');
    fs.copyFileSync('/bin/sleep', closed);
    fs.chmodSync(closed, 0o711);
    const owner = await theirs.start(theirs.home('eve'), '/bin/bash', ['-c', `${closed} 999 & wait`], NOBODY);
    const ask = (...args: string[]) => {
      const homes = ['--home', theirs.path('agents/*'), '--command', 'bash'];
      return theirs.plumb([...args, ...homes], { user: NOBODY });
    };
    await theirs.until(async () => (await ask('processes', 'eve')).stdout.includes('closed'));
    const { code, stdout, stderr } = await ask('connections', 'eve');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('open files');
    // On a machine that is very busy there may be no time for all sections.
    await theirs.until(async () => !(await ask('show', 'eve')).stdout.includes('not read within'));
    const told = await ask('show', 'eve');
    expect(told.stdout).toContain(`eve is alive: pid ${owner}`);
    expect(told.stdout).toMatch(/^connections: none that could be seen\n {2}not seen: .*open files/m);
    expect(told.code).toBe(0);
  });
});

describe('a word that is no command', () => {
  it.each([
    [['proceses'], 'did you mean plumb processes?'],
    [['-o', 'json', 'mount'], 'did you mean plumb mounts?'],
    [['--home', 'list', 'lokcs'], 'did you mean plumb locks?'],
    [['help', 'route'], null],
    [['help', 'proceses'], 'did you mean plumb processes?'],
  ])('%j', async (args, hint) => {
    const { code, stderr } = await fleet.plumb(args);
    expect(code).toBe(hint === null ? 0 : 2);
    if (hint !== null) expect(stderr).toContain(hint);
  });
});

describe('formats of other commands', () => {
  it('list, homes: rows by their columns', async () => {
    const list = await fleet.plumb(['list', '-o', 'ndjson', ...flags()]);
    expect(JSON.parse(list.stdout)).toMatchObject({ name: 'ada', pid: ada, terminal: { index: expect.any(Number) } });
    const narrow = await fleet.plumb(['list', '--columns', 'terminal.name,name', '-o', 'json', ...flags()]);
    const [session] = JSON.parse(narrow.stdout).sessions;
    expect(session).toEqual({ terminal: { name: expect.stringMatching(/^pts\//) }, name: 'ada' });
    const facts = await fleet.plumb(['list', '--columns', 'evidence', '-o', 'ndjson', ...flags()]);
    expect(JSON.parse(facts.stdout).evidence).not.toEqual([]);
    const homes = await fleet.plumb(['homes', '--columns', 'name,verdict', ...flags()]);
    expect(homes.stdout).toMatch(/^ada\talive\nempty\t(?:none|unknown)\n$/);
    const wide = await fleet.plumb(['homes', '-o', 'wide', ...flags()]);
    expect(wide.stdout).toMatch(/^NAME +PATH +DEV +INO +VERDICT +REASON +PID +BYSTANDERS\n/);
  });

  it.each([
    [['show', 'ada', '-o', 'tsv'], 'show has no format tsv'],
    [['show', 'ada', '-o', 'wide'], 'show has no format wide'],
    [['pid', 'ada', '-o', 'ndjson'], 'pid has one format'],
    [['sync', '-o', 'tsv'], 'sync has no format tsv'],
    [['signal', 'ada', 'CONT', '-o', 'wide'], 'signal has no format wide'],
    [['wait', 'ada', '-o', 'ndjson'], 'wait has no format ndjson'],
    [['claim', 'ada', '-o', 'wide'], 'claim has no format wide'],
    [['doctor', '-o', 'ndjson'], 'doctor has no format ndjson'],
    [['drift', '-o', 'wide'], 'drift has no format wide'],
  ])('%j is refused', async (args, expected) => {
    const { code, stdout, stderr } = await fleet.plumb([...args, ...flags()]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
    expect(stderr.startsWith('{')).toBe(args.includes('ndjson'));
  });
});

describe('plumb show', () => {
  it('has a section for each relation, with the command for the rest', async () => {
    const { code, stdout } = await fleet.plumb(['show', 'ada', ...flags()]);
    expect(code).toBe(0);
    const section = stdout.slice(stdout.indexOf('\nprocesses: '));
    expect(section).toMatch(new RegExp(`^\\nprocesses: ${CHILDREN + 1}\\n +PID .*\\n +${ada} `));
    expect(section).toContain(`  … and ${CHILDREN - 4} more: plumb processes ada\n`);
  });

  it('has the rows in JSON, each relation under its name', async () => {
    const { stdout } = await fleet.plumb(['show', 'ada', '-o', 'json', ...flags()]);
    const answer = JSON.parse(stdout);
    for (const name of NAMES) expect(answer).toHaveProperty(name);
    expect(answer.processes).toHaveLength(CHILDREN + 1);
    expect(answer.sessions[0].activity).toBeTruthy();
    const absent = await fleet.plumb(['show', 'empty', '-o', 'json', ...flags()]);
    for (const name of NAMES) expect(JSON.parse(absent.stdout)[name]).toEqual([]);
  });
});
