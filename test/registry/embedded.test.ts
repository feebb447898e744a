import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import { openPglite } from '../../src/registry/embedded/pglite.ts';
import { requires } from '../makers/requires.ts';
import { makeStateDirectory, openEmbedded } from './registries.ts';

// Not `leavesNothingBehind`: PGlite keeps the descriptors of a server that failed to start, until the program ends.

const WRITER = path.join(import.meta.dirname, '../makers/registry-writer.mjs');

/** An embedded registry with rows in it, closed. */
async function makeStore(): Promise<string> {
  const directory = makeStateDirectory();
  await (await openEmbedded(directory)).close();
  return directory;
}

describe('the embedded registry', () => {
  it('is made in a moment, whole, and closed for others', async () => {
    const directory = await makeStore();
    expect(fs.readdirSync(directory).sort()).toEqual(['registry', 'registry.lock']);
    expect(fs.statSync(`${directory}/registry`).mode & 0o777).toBe(0o700);
    expect(fs.readFileSync(`${directory}/registry/PG_VERSION`, 'utf8').trim()).toBe('18');
  });

  it('is one process at a time: a second one waits, and then names who has it', async () => {
    const directory = await makeStore();
    const writer = spawn(globalThis.process.execPath, [WRITER, JSON.stringify({ directory, label: 'the writer' })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void writer.kill('SIGKILL'));
    await once(writer.stdout, 'data');
    await expect(openRegistry({ directory })).rejects.toMatchObject({
      code: 'registry',
      message: `the registry in ${directory} is held by pid ${writer.pid} (the writer), for 5 s now`,
    });
    const waiting = openRegistry({ directory });
    writer.kill('SIGKILL');
    await (await waiting).close();
  });

  it.each([
    ['another major version', (data: string) => fs.writeFileSync(`${data}/PG_VERSION`, '17\n')],
    ['no version', (data: string) => fs.rmSync(`${data}/PG_VERSION`)],
    [
      'a control file of garbage',
      (data: string) => fs.writeFileSync(`${data}/global/pg_control`, Buffer.alloc(8192, 7)),
    ],
    ['a control file cut short', (data: string) => fs.truncateSync(`${data}/global/pg_control`, 100)],
    ['no WAL', (data: string) => fs.rmSync(`${data}/pg_wal`, { recursive: true })],
    ['no tables', (data: string) => fs.rmSync(`${data}/base`, { recursive: true })],
    ['no configuration', (data: string) => fs.rmSync(`${data}/postgresql.conf`)],
  ])('with %s is set aside, with a clear word, and made anew', async (_, damage) => {
    const directory = await makeStore();
    damage(`${directory}/registry`);
    const notes: string[] = [];
    const registry = await openEmbedded(directory, notes);
    expect((await registry.read('any')).rows).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/cannot be opened \(.+\): moved to .+\.aside-\d{17}, and made anew from the kernel$/);
    expect(fs.readdirSync(directory).filter((name) => name.startsWith('registry.aside-'))).toHaveLength(1);
  });

  it.each([
    ['the rows', 'plumbline.sessions', (file: string) => fs.truncateSync(file, 0)],
    ['the file of the rows', 'plumbline.sessions', (file: string) => fs.rmSync(file)],
    ['the list of migrations', 'plumbline.migrations', (file: string) => fs.truncateSync(file, 0)],
  ])('that opens, and whose damage shows in a query, is set aside too: %s', async (_, relation, damage) => {
    const directory = makeStateDirectory();
    const registry = await openEmbedded(directory);
    await registry.script(`insert into plumbline.hosts values ('h', gen_random_uuid(), null, null, null, now());
      insert into plumbline.sessions (host_id, name, status, observed_at) values ('h', 'a', 'ambiguous', now())`);
    await registry.close();
    const database = await openPglite(`${directory}/registry`);
    const { rows } = await database.query('select pg_relation_filepath($1::regclass) as file', [relation]);
    await database.close();
    damage(`${directory}/registry/${rows[0]?.['file']}`);
    await expect(openRegistry({ directory, mends: false })).rejects.toMatchObject({
      hint: expect.stringMatching(/^plumb sync (?:moves it aside|makes them)/),
    });
    const notes: string[] = [];
    expect((await (await openEmbedded(directory, notes)).read('h')).rows).toEqual([]);
    expect(notes).toHaveLength(1);
  });

  it('on another disk, behind a link, is opened there', async () => {
    const [directory, other] = [makeStateDirectory(), makeStateDirectory()];
    await (await openEmbedded(directory)).close();
    fs.renameSync(`${directory}/registry`, `${other}/elsewhere`);
    fs.symlinkSync(`${other}/elsewhere`, `${directory}/registry`);
    expect((await (await openEmbedded(directory)).read('h')).rows).toEqual([]);
    expect(fs.lstatSync(`${directory}/registry`).isSymbolicLink()).toBe(true);
  });

  it.each([
    ['memory', 'ulimit -v 4000000', /could not allocate memory/],
    ['file size', 'ulimit -f 64', /File too large|No space left/],
  ])('that cannot be opened for want of %s is left as it is', async (_, limit, why) => {
    const directory = await makeStore();
    const command = `${limit}; exec "$0" "$1" "$2"`;
    const writer = spawn(
      'sh',
      ['-c', command, globalThis.process.execPath, WRITER, JSON.stringify({ directory, label: 'poor' })],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    onTestFinished(() => void writer.kill('SIGKILL'));
    let said = '';
    writer.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(writer, 'exit');
    expect(code).toBe(1);
    expect(said).toMatch(/code: 'registry'/);
    expect(said).toMatch(why);
    expect(fs.readdirSync(directory).sort()).toEqual(['registry', 'registry.lock']);
    expect((await (await openEmbedded(directory)).read('any')).rows).toEqual([]);
  });

  it('is not mended by who only looks', async () => {
    const nowhere = path.join(makeStateDirectory(), 'nowhere');
    await expect(openRegistry({ directory: nowhere, mends: false })).rejects.toMatchObject({ code: 'schema' });
    expect(fs.existsSync(nowhere)).toBe(false);
    const directory = await makeStore();
    fs.rmSync(`${directory}/registry/pg_wal`, { recursive: true });
    await expect(openRegistry({ directory, mends: false })).rejects.toMatchObject({
      code: 'registry',
      hint: 'plumb sync moves it aside, and makes it anew from the kernel',
    });
    expect(fs.readdirSync(directory).sort()).toEqual(['registry', 'registry.lock']);
  });

  it('with an empty directory in its place is made there', async () => {
    const directory = makeStateDirectory();
    fs.mkdirSync(`${directory}/registry`);
    expect((await (await openEmbedded(directory)).read('any')).rows).toEqual([]);
  });

  it.each([
    ['files of somebody else', (place: string) => fs.mkdirSync(`${place}/letters`, { recursive: true })],
    ['a file', (place: string) => fs.writeFileSync(place, 'text')],
  ])('with %s in its place touches nothing', async (_, occupy) => {
    const directory = makeStateDirectory();
    occupy(`${directory}/registry`);
    const error = { code: 'registry', message: `${directory}/registry holds something else than a registry` };
    await expect(openRegistry({ directory })).rejects.toMatchObject(error);
    expect(fs.readdirSync(directory).sort()).toEqual(['registry', 'registry.lock']);
  });

  it('where nothing may be written says so', async () => {
    await expect(openRegistry({ directory: '/proc/nowhere' })).rejects.toMatchObject({ code: 'registry' });
  });
});

describe('the embedded registry on a disk that runs full', () => {
  requires('root');

  it('says so, ends, and has every row again when there is room', async () => {
    const directory = makeStateDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=14m', 'tmpfs', directory]);
    onTestFinished(() => void execFileSync('umount', ['-l', directory]));
    const writer = spawn(globalThis.process.execPath, [WRITER, JSON.stringify({ directory, fill: true })], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void writer.kill('SIGKILL'));
    let [said, written] = ['', ''];
    writer.stderr.on('data', (chunk) => {
      said += chunk;
    });
    writer.stdout.on('data', (chunk) => {
      written += chunk;
    });
    const [code] = await once(writer, 'exit');
    expect(code).toBe(1);
    expect(said).toMatch(/code: 'registry'/);
    expect(said).toMatch(/full|No space left/);
    execFileSync('mount', ['-o', 'remount,size=40m', directory]);
    const { rows } = await (await openEmbedded(directory)).read('writer');
    expect(rows.length).toBe(200);
    const rounds = written.trim().split('\n');
    expect(rounds.length).toBeGreaterThan(0);
    expect(rows[0]?.command?.split(' ')[0]).toBe(Number(rounds.at(-1)) % 2 === 0 ? 'even' : 'odd');
  });
});
