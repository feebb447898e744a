// npm run bet [-- options]: bundles the bet and its agents into a directory of its own, runs it there, and cleans up.
import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
// A short name: a socket's path has 107 bytes.
const entries = realpathSync(mkdtempSync(path.join(tmpdir(), 'plumbline-bet-')));
// Postgres runs as a user without rights, in there.
chmodSync(entries, 0o755);
proc.on('exit', () => rmSync(entries, { recursive: true, force: true }));
// Until there is somebody who clears up after us, it goes with us where a signal ends us, too.
const codes = Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });
const leavers = codes.map(([signal, code]) => ({ signal, leave: () => proc.exit(code) }));
for (const { signal, leave } of leavers) proc.on(signal, leave);
// What is not bundled is found from there too.
symlinkSync(path.join(root, 'node_modules'), path.join(entries, 'node_modules'));

const common = {
  absWorkingDir: root,
  outdir: entries,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
};
await build({
  ...common,
  entryPoints: {
    main: 'bet/main.ts',
    'guardian-main': 'bet/guardian-main.ts',
    'init-main': 'bet/init-main.ts',
    'run-main': 'bet/run-main.ts',
    'reader-main': 'bet/systems/reader-main.ts',
    'sweeper-main': 'bet/systems/sweeper-main.ts',
  },
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  external: ['@electric-sql/pglite', '@lydell/node-pty', 'echarts', 'koffi', 'pg', 'plumbline:*'],
});
// An agent is a file without an ending, as programs are called: Node takes it for CommonJS.
await build({
  ...common,
  entryPoints: { 'bet-agent': 'bet/agent/main.ts' },
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['koffi', 'pg-native'],
});

const { main } = await import(path.join(entries, 'main.mjs'));
const code = main(proc.argv.slice(2), root, entries);
for (const { signal, leave } of leavers) proc.off(signal, leave);
proc.exit(await code);
