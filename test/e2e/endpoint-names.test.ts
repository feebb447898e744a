/** Names that would break a wire of text arrive whole in every client. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOfStored } from '../../src/registry/stored-text.ts';
import { postgresVersions } from '../makers/postgres.ts';
import { Cluster } from '../makers/postgres-cluster.ts';
import { requires } from '../makers/requires.ts';
import { openTerminal } from '../makers/terminal.ts';
import { Fleet } from './plumb.ts';
import { atEnd, serve } from './serve.ts';

requires('cc', 'postgres', 'setpriv');

/** As bytes, each as a character. */
const NAMES = [
  'line\nbreak',
  '\n\\.\n',
  '\\.',
  '\\N',
  'tab\there',
  'back\\slash\\x41',
  '"quotes" \'and\' ""more""',
  'commas,{braces},(rows)',
  'carriage\rreturn\r\n',
  'latin1-\xe4\xff\xc3',
  'utf8-\xc3\xa4\xf0\x9f\x98\x80',
  'bell\x07\x1b[31m\x7f',
  ' spaces ',
  'NULL',
  '$$ $1 -- ; %s',
];
/** What a path may have, but for what stands before it. */
const DEEP = Array.from({ length: 36 }, (_, level) => `${level}`.padEnd(100, 'd'));
const NOBODY = '65534';
const SQL = 'select name, home, cwd from sessions';

let fleet: Fleet;

beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

it('in pg, psql, postgres.js and postgres_fdw', async () => {
  for (const name of NAMES) fs.mkdirSync(Buffer.from(fleet.path('agents', name), 'latin1'));
  fs.mkdirSync(fleet.path('agents', 'deep', ...DEEP), { recursive: true });
  const starts = [...NAMES.map((name) => [name]), ['deep', ...DEEP]];
  for (const [name = '', ...below] of starts) {
    const steps = below.map((step) => `cd ${step}`).join('; ');
    const go = `cd -P -- "$1"; ${steps || ':'}; exec "$2" 1000`;
    const word = `$'${[...name].map((it) => `\\x${it.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')}'`;
    const script = `n=${word}; set -- ${fleet.path('agents')}/"$n" ${fleet.path(fleet.command)}; ${go}`;
    await openTerminal(['bash', '-c', script], { cwd: fleet.directory, env: { LC_ALL: 'C' } });
  }
  const directory = fleet.path('run');
  fs.mkdirSync(directory);
  await serve(fleet, ['--pg', directory, '--allow-user', NOBODY]);
  const home = (name: string) => `${fleet.path('agents')}/${name}`;
  const wanted = starts.map(([name = '', ...below]) => [name, home(name), [home(name), ...below].join('/')]).sort();
  const decoded = (rows: readonly (readonly string[])[]) => rows.map((row) => row.map(bytesOfStored)).sort();
  const place = { host: directory, port: 5432, user: 'anybody', database: 'plumbline' };

  const client = new pg.Client(place);
  await client.connect();
  atEnd(() => client.end());
  const simple = await client.query<string[]>({ text: SQL, rowMode: 'array' });
  expect(decoded(simple.rows)).toEqual(wanted);
  const one = await client.query({ text: `${SQL} where name = $1`, values: ['\n\\\\.\n'], rowMode: 'array' });
  expect(decoded(one.rows)).toEqual(wanted.filter(([name]) => name === '\n\\.\n'));

  const sql = postgres(place);
  atEnd(() => sql.end());
  expect(decoded([...(await sql.unsafe(SQL).values())] as string[][])).toEqual(wanted);
  let copied = '';
  for await (const piece of await sql.unsafe(`copy (${SQL}) to stdout`).readable()) copied += String(piece);
  expect(decoded(fromCopy(copied))).toEqual(wanted);

  const psql = async (...words: string[]) =>
    (await promisify(execFile)('psql', ['-X', '-h', directory, '-d', 'plumbline', ...words])).stdout;
  const zeros = await psql('-At', '-0', '-F', '\x01', '-c', SQL);
  const rows = zeros.split('\0').slice(0, -1);
  expect(decoded(rows.map((row) => row.split('\x01')))).toEqual(wanted);
  const file = fleet.path('copied');
  await psql('-c', `\\copy (${SQL}) to '${file}'`);
  expect(decoded(fromCopy(fs.readFileSync(file, 'utf8')))).toEqual(wanted);

  const cluster = new Cluster(postgresVersions().at(-1)?.bin ?? '', []);
  await cluster.start();
  atEnd(() => cluster.end());
  const own = new pg.Client({ connectionString: cluster.createDatabase() });
  await own.connect();
  atEnd(() => own.end());
  await own.query(`create extension postgres_fdw;
    create server plumb foreign data wrapper postgres_fdw options (host '${directory}', dbname 'plumbline', fetch_size '3');
    create user mapping for current_user server plumb options (user 'anybody', password_required 'false');
    import foreign schema public limit to (sessions) from server plumb into public;`);
  const foreign = await own.query<string[]>({ text: SQL, rowMode: 'array' });
  expect(decoded(foreign.rows)).toEqual(wanted);
});

/** COPY's own format, as its documentation has it. */
function fromCopy(text: string): string[][] {
  const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) =>
    line.split('\t').map((it) => it.replace(/\\(.)/g, (_, letter) => escapes[letter] ?? letter)),
  );
}
