// node scripts/jdbc-check/run.mjs [DRIVER.jar]: compiles JdbcCheck.java, starts sessions and an endpoint of its own
// (`npm run build` comes first), and lets it try what JDBC does. Debian: default-jdk-headless, libpostgresql-jdbc-java.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const driver = proc.argv[2] ?? '/usr/share/java/postgresql.jar';
const scratch = mkdtempSync(path.join(tmpdir(), 'plumbline-jdbc-'));
const program = path.join(scratch, 'jdbcagent');
const children = [];

function start(file, argv, options = {}) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  children.push(child);
  return child;
}

async function startSession(name) {
  const home = path.join(scratch, 'agents', name);
  mkdirSync(home, { recursive: true });
  // script(1) gives it a terminal, and tells its number.
  const child = start('script', ['-qefc', `echo $$; exec ${program} 1000`, '/dev/null'], { cwd: home });
  for await (const line of createInterface({ input: child.stdout })) {
    const pid = Number(line);
    while (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'jdbcagent') await sleep(5);
    return pid;
  }
  throw new Error('script(1) has started nothing');
}

function run(file, argv) {
  const { status, error } = spawnSync(file, argv, { stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

try {
  copyFileSync('/bin/sleep', program);
  const source = path.join(import.meta.dirname, 'JdbcCheck.java');
  if (run('javac', ['-d', scratch, source]) !== 0) throw new Error('JdbcCheck.java was not compiled');
  const sessions = [];
  for (const name of ['ada', 'bob', "o'neil"]) sessions.push(name, String(await startSession(name)));
  const flags = ['--home', path.join(scratch, 'agents/*'), '--command', 'jdbcagent'];
  const server = start(proc.execPath, ['dist/plumb.cjs', 'serve', '--pg', '127.0.0.1:0', ...flags]);
  let address = '';
  for await (const line of createInterface({ input: server.stdout })) {
    [address = ''] = line.split('  ');
    break;
  }
  const url = `jdbc:postgresql://${address}/plumbline`;
  proc.exitCode = run('java', ['-cp', `${driver}:${scratch}`, 'JdbcCheck', url, ...sessions]);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
