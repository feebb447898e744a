import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { until } from './until.mjs';

const DEBIAN = '/usr/lib/postgresql';
/** Root may not run a server: this user, who has no rights anywhere, does. */
const NOBODY = 65534;

/**
 * A real Postgres that nobody else uses, on a socket in this directory; it ends with us.
 * @returns the variables by which everybody finds it, and which user it runs as
 */
export async function startCluster(directory, user, database) {
  const bin = newestServer();
  const isRoot = proc.getuid() === 0;
  const socket = path.join(directory, 's');
  for (const it of [directory, socket]) {
    mkdirSync(it, { recursive: true });
    if (isRoot) chownSync(it, NOBODY, NOBODY);
  }
  const run = (program, ...words) => {
    const rights = isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
    return ['setpriv', [...rights, '--pdeathsig=QUIT', path.join(bin, program), ...words]];
  };
  const data = path.join(directory, 'data');
  const options = { cwd: directory, stdio: 'ignore', env: { ...proc.env, HOME: directory } };
  const initdb = ['-D', data, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C', `--username=${user}`];
  execFileSync(...run('initdb', ...initdb), options);
  // The log has every statement, when it was over and in which process: passes.mjs reads it.
  const logged = ['log_min_duration_statement=0', 'log_line_prefix=%n %p '];
  const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${socket}`, ...logged];
  const log = path.join(directory, 'log');
  const stdio = ['ignore', 'ignore', openSync(log, 'a')];
  const command = run('postgres', '-D', data, ...settings.flatMap((it) => ['-c', it]));
  const server = spawn(...command, { ...options, stdio });
  const env = { PGHOST: socket, PGPORT: '5432', PGUSER: user, PGDATABASE: database };
  const psql = (name, sql) => {
    const all = { ...proc.env, ...env, PGDATABASE: name };
    return execFileSync('psql', ['-XAtqc', sql], {
      env: all,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  };
  await until('the server to answer', () => psql('postgres', 'select 1') === '1');
  psql('postgres', `create database ${database}`);
  return { env, log, user: isRoot ? 'nobody' : proc.env.USER, end: () => server.kill('SIGQUIT') };
}

function newestServer() {
  const majors = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [
    ...Object.entries(proc.env).flatMap(([name, bin]) => (/^PGBIN_\d+$/.test(name) && bin ? [bin] : [])),
    ...majors.map((major) => `${DEBIAN}/${major}/bin`),
    ...(proc.env.PATH ?? '').split(':'),
  ];
  const found = places.find((bin) => existsSync(path.join(bin, 'initdb')));
  if (found === undefined) throw new Error('no Postgres server is installed here (Debian: postgresql)');
  return found;
}
