import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { databaseOf } from '../makers/fdw.ts';
import { plumbBpf } from '../makers/pins.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { asNobody, type PostgresServer, type PostgresVersion } from '../makers/postgres-cluster.ts';
import { Random } from '../makers/random.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Movers, type Told } from './movers.ts';
import { PLUMB } from './plumb.ts';

/** Another each time: it stands in the title, and `PLUMBLINE_BPF_SEED` brings one back. */
const SEED = Number(globalThis.process.env['PLUMBLINE_BPF_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const ROUNDS = 60;
const HOMES = ['ada', 'bob', 'cid', 'dan'];
const QUERY = 'select name, pid, terminal, verdict from kernel.sessions order by name';
/** The group that the server's user is in: `nogroup`, as the user is nobody. */
const GROUP = '65534';

const run = promisify(execFile);

/** Plumb as an operator runs it; it has ended when this returns. */
function plumb(args: readonly string[]): string {
  return execFileSync(globalThis.process.execPath, [PLUMB, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...globalThis.process.env, PLUMBLINE_CONFIG: '/dev/null' },
  });
}

async function ask(
  { bin }: PostgresVersion,
  { socketDirectory, port }: PostgresServer,
  database: string,
): Promise<Told> {
  const options = ['-X', '-A', '-t', '-F', ' ', '-h', socketDirectory, '-p', String(port), '-U', 'plumbline_test'];
  const [file, argv] = asNobody(`${bin}/psql`, [...options, '-d', database, '-c', QUERY]);
  const { stdout } = await run(file, argv, { cwd: '/' });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

describe.each(postgresVersions().slice(-1))(
  `Postgres $major alone reads the kernel, PLUMBLINE_BPF_SEED=${SEED}`,
  (version) => {
    requires('setpriv', 'postgres', 'root', 'the whole machine', 'iterators');
    const server = usePostgres(version);

    let directory = '';
    beforeAll(() => {
      // Not of makeScratch: what that undoes ends the server, too.
      directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-pins-'));
      fs.chmodSync(directory, 0o755);
    });
    afterAll(async () => {
      await plumbBpf(['remove', '--directory', `${directory}/pins`]);
      fs.rmSync(directory, { recursive: true });
    });

    async function installed() {
      const pins = `${directory}/pins`;
      const pinned = await plumbBpf(['install', '--directory', pins, '--group', GROUP]);
      expect(pinned.code, pinned.stderr).toBe(0);
      const url = server().createDatabase();
      const movers = new Movers(fs.mkdtempSync(`${directory}/movers`), HOMES);
      onTestFinished(() => movers.end());
      const store = () => plumb(['homes', '--store', '--db', url, ...movers.flags]);
      plumb(['fdw', 'install', '--via', 'bpf', '--pins', pins, '--db', url, '--apply']);
      store();
      return { url, database: databaseOf(url), movers, store };
    }

    it('knows the homes that plumb sync keeps, and writes them only where they changed', async () => {
      const { database, url, movers } = await installed();
      const sync = () => plumb(['sync', '--db', url, ...movers.flags]);
      plumb(['sync', '--init', '--apply', '--db', url]);
      const stored = () => server().psql('select name, xmin from plumbline.homes order by 1', database);
      const first = stored();
      sync();
      expect(stored()).toBe(first);
      movers.remake('bob');
      expect(first.split('\n')).toHaveLength(HOMES.length);
      sync();
      const changed = stored()
        .split('\n')
        .filter((line) => !first.includes(line));
      expect(changed).toEqual([expect.stringMatching(/^bob\|/)]);
      expect(server().psql('select count(distinct generation) > 1 from plumbline.homes', database)).toBe('t');
    });

    it('keeps the homes that who stores them may not look for', async () => {
      const { database, url, movers } = await installed();
      const stored = () => server().psql('select name, xmin from plumbline.homes order by 1', database);
      const before = stored();
      fs.chmodSync(movers.agents, 0o700);
      const [file, argv] = asNobody(globalThis.process.execPath, [
        PLUMB,
        'homes',
        '--store',
        '--db',
        url,
        ...movers.flags,
      ]);
      const { stdout, stderr } = await run(file, argv, { cwd: '/', env: { PLUMBLINE_CONFIG: '/dev/null' } });
      expect(stdout).toMatch(/: 0 homes of [^ ]+: nothing had changed\n$/);
      expect(stderr).toContain('homes that could not be looked for stay as they were stored');
      expect(stored()).toBe(before);
    });

    it('tells a home on a tmpfs from a directory of the next one that has its numbers', async () => {
      const { database, url } = await installed();
      const place = fs.mkdtempSync(`${directory}/tmpfs`);
      const mountAnew = () => {
        execFileSync('mount', ['-t', 'tmpfs', 'none', place]);
        fs.mkdirSync(`${place}/ada`);
      };
      const unmount = () => void execFileSync('umount', ['--lazy', place]);
      // No other program is called so: of one whose directory is not seen it would not be known whether it is the session.
      const command = `visitor${globalThis.process.pid}`;
      fs.copyFileSync('/bin/sleep', `${directory}/${command}`);
      const visit = async () => {
        const visitor = spawn(`${directory}/${command}`, ['1000'], { cwd: `${place}/ada`, stdio: 'ignore' });
        const told = await ask(version, server(), database);
        visitor.kill('SIGKILL');
        await once(visitor, 'exit');
        return { pid: visitor.pid, told: told.get('ada') };
      };
      mountAnew();
      onTestFinished(unmount);
      const flags = ['--home', `ada=${place}/ada`, '--command', command, '--terminal', 'optional'];
      plumb(['homes', '--store', '--db', url, ...flags]);
      const { pid, told } = await visit();
      expect(told).toBe(`${pid}  alive`);
      unmount();
      mountAnew();
      // Mostly it has the same numbers; on a busy machine somebody else may have taken that of the device.
      expect((await visit()).told ?? '  unknown').toBe('  unknown');
    });

    it(`is right while sessions are killed, restarted and moved, ${ROUNDS} times`, async () => {
      const { database, movers, store } = await installed();
      const random = new Random(SEED);
      let sureMeanwhile = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const before = movers.truth();
        const [, meanwhile] = await Promise.all([movers.change(random, store), ask(version, server(), database)]);
        const after = movers.truth();
        for (const name of HOMES) {
          const told = meanwhile.get(name) ?? '';
          if (told.endsWith('unknown')) continue;
          sureMeanwhile++;
          expect([before.get(name), after.get(name)], `${movers.last} ${name}`).toContain(told);
        }
        const quiet = await waitFor('everything to be known', async () => {
          const told = await ask(version, server(), database);
          return ![...told.values()].some((it) => it.endsWith('unknown')) && told;
        });
        expect(Object.fromEntries(quiet), movers.last).toEqual(
          Object.fromEntries([...movers.truth()].filter(([, it]) => it !== '')),
        );
      }
      expect(sureMeanwhile).toBeGreaterThan(ROUNDS);
    }, 240_000);
  },
);
