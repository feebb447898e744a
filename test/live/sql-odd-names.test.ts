import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { describe, expect, it } from 'vitest';
import { bytesOfStored } from '../../src/registry/stored-text.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { snapshotsOf } from '../../src/sql/tables/snapshots.ts';
import { install } from '../makers/c-program.ts';
import { parseCsv } from '../makers/csv.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { needs, select } from '../makers/live-rows.ts';
import { homesAt, homesIn } from '../makers/look.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const STATEMENT = { isBlock: false };

/** Bytes of a name, as latin1. */
const ODD_NAMES: readonly string[] = [
  'new\nline',
  'carriage\rreturn',
  '\\.',
  '\\N',
  'tab\there',
  'quote"and, comma',
  '{"brace"}',
  'back\\nslash',
  'bytes\xff\xfe',
  Buffer.from('Ωmega \uFFFD', 'utf8').toString('latin1'),
];

describe('the live tables of odd names', () => {
  requires('cc', 'the whole machine');

  it('have every byte of them', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const homes = `${scratch}/homes`;
    fs.mkdirSync(homes);
    for (const name of ODD_NAMES) fs.mkdirSync(Buffer.from(`${homes}/${name}`, 'latin1'));
    const terminals = await Promise.all(
      ODD_NAMES.map(async (name, index) => {
        const link = `${scratch}/link${index}`;
        fs.symlinkSync(Buffer.from(`${homes}/${name}`, 'latin1'), link);
        return openTerminal([claude], { cwd: link });
      }),
    );
    const snapshots = snapshotsOf({ settings: { homes: [homesIn(homes)], commands: ['claude'] } });
    const sessions = await select(snapshots, 'sessions');
    const names = sessions.map(({ name }) => bytesOfStored(name ?? ''));
    expect(names.toSorted()).toEqual(ODD_NAMES.toSorted());
    for (const [index, name] of ODD_NAMES.entries()) {
      const session = sessions.find((it) => it['pid'] === String(terminals[index]?.pid));
      const path = Buffer.from(`${homes}/${name}`, 'latin1').toString('latin1');
      expect([session?.['name'], session?.['home'], session?.['cwd']].map((it) => bytesOfStored(it ?? ''))).toEqual([
        name,
        path,
        path,
      ]);
    }
    const processes = await select(snapshots, 'processes', 'pid session cwd');
    for (const [index, name] of ODD_NAMES.entries()) {
      const own = processes.find((it) => it['pid'] === String(terminals[index]?.pid));
      expect(bytesOfStored(own?.['session'] ?? '')).toBe(name);
    }
  });

  it('have a path of nearly 4096 bytes', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const part = `/${'a,"\n\\'.repeat(50)}`;
    const home = `${scratch}${part.repeat(Math.floor((4000 - scratch.length) / part.length))}`;
    fs.mkdirSync(home, { recursive: true });
    await openTerminal([claude], { cwd: home });
    const snapshots = snapshotsOf({ settings: { homes: homesAt({ deep: home }), commands: ['claude'] } });
    const [session] = await select(snapshots, 'sessions');
    expect([session?.['home'], session?.['cwd']].map((it) => bytesOfStored(it ?? ''))).toEqual([home, home]);
    expect(home.length).toBeGreaterThan(3700);
  });

  it('have what a process was started with, as words of a shell', async () => {
    const words = ['-e', 'setTimeout(() => {}, 300_000)', 'a "b", \\.\nc\r\t{}', '', 'x'.repeat(100_000)];
    const sleeper = spawn(globalThis.process.execPath, words, { stdio: 'ignore' });
    try {
      const snapshots = snapshotsOf({ settings: {} });
      const argv = await waitFor('its command line', async () => {
        const rows = await select(snapshots, 'process_arguments', 'pid full_argv');
        const own = rows.find(({ pid }) => pid === String(sleeper.pid));
        return own?.['full_argv']?.includes('setTimeout') ? bytesOfStored(own['full_argv'] ?? '') : null;
      });
      const told = execFileSync('bash', ['-s'], { input: `printf '%s\\0' ${argv}`, encoding: 'utf8' });
      expect(told.split('\0').slice(1, -1)).toEqual(words);
    } finally {
      sleeper.kill('SIGKILL');
    }
  });
});

describe('the live tables of this machine', () => {
  requires('cc', 'the whole machine');

  it('are what Postgres reads, row by row', async () => {
    const scratch = makeScratch();
    const terminal = await openTerminal([install('agent', `${scratch}/bin/claude`)], { cwd: scratch });
    const server = net.createServer().listen(`${scratch}/odd "name",\n\\.\n`);
    const abstract = net.createServer().listen(`\0plumbline-test ${scratch}\0"\n`);
    const lock = spawn('flock', [`${scratch}/a "lock"\n\\.`, 'sleep', '300'], { stdio: 'ignore', detached: true });
    const db = await PGlite.create();
    try {
      await Promise.all([server, abstract].map((it) => it.listening || once(it, 'listening')));
      await waitFor('the lock', () => fs.existsSync(`${scratch}/a "lock"\n\\.`));
      const names = LIVE_TABLES.map(({ name }) => name).join(' ');
      const snapshots = snapshotsOf({ settings: { homes: [homesIn(scratch)] } });
      const answer = await snapshots.take(needs(names), STATEMENT).read(needs(names));
      for (const { name, columns } of LIVE_TABLES) {
        await db.exec(`create table ${name} (${columns.map((it) => `${it.name} ${it.type}`).join(', ')})`);
        const csv = answer.get(name) ?? new Uint8Array();
        await db.query(`copy ${name} from '/dev/blob' with (format csv)`, [], {
          blob: new Blob([new Uint8Array(csv)]),
        });
        const { rows } = await db.query<{ count: number }>(`select count(*)::int from ${name}`);
        expect(`${name} ${rows[0]?.count}`).toBe(`${name} ${parseCsv(Buffer.from(csv).toString()).length}`);
      }
      const paths = async (table: string) => {
        const { rows } = await db.query<{ path: string }>(`select path from ${table} where path is not null`);
        return rows.map((it) => bytesOfStored(it.path));
      };
      const sockets = await paths('connections');
      expect(sockets).toContain(`${scratch}/odd "name",\n\\.\n`);
      // Some versions of Node fill an abstract name up with zeros, which are `@` as in /proc/net/unix.
      const abstracts = sockets.map((it) => it.replace(/@+$/, ''));
      expect(abstracts).toContain(`@plumbline-test ${scratch}@"\n`);
      expect(await paths('locks')).toContain(`${scratch}/a "lock"\n\\.`);
      const { rows } = await db.query(`select session from processes where pid = ${terminal.pid}`);
      expect(rows).toEqual([{ session: null }]);
    } finally {
      for (const it of [server, abstract]) it.close();
      globalThis.process.kill(-Number(lock.pid), 'SIGKILL');
      await db.close();
    }
  });
});

describe('the live table of terminals', () => {
  requires('cc', 'the whole machine');

  it.each([
    ['after all that a clock shows', 9_400_000_000_000, null],
    ['of five digits', 320_000_000_000, '12110-'],
    ['before Christ', -100_000_000_000, ' BC'],
  ])('outlives a time %s, which its owner can set', async (_what, seconds, shown) => {
    const scratch = makeScratch();
    const terminal = await openTerminal(['sleep', '300'], { cwd: scratch });
    execFileSync('touch', ['-d', `@${seconds}`, `/dev/${terminal.name}`]);
    const snapshots = snapshotsOf({ settings: {} });
    for (const table of ['terminals', 'sessions']) {
      const column = table === 'terminals' ? 'name' : 'terminal';
      const row = (await select(snapshots, table)).find((it) => it[column] === terminal.name);
      expect(row).toBeDefined();
      if (shown === null) expect(row?.['last_input_at']).toBeNull();
      else expect(row?.['last_input_at']).toContain(shown);
    }
  });
});
