// npm run bench [-- options]: bundles the benchmark into a directory of its own, runs it there, and cleans up.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const workshop = mkdtempSync(path.join(tmpdir(), 'plumbline-bench-'));
proc.on('exit', () => rmSync(workshop, { recursive: true, force: true }));
// What is not bundled is found from there too.
symlinkSync(path.join(root, 'node_modules'), path.join(workshop, 'node_modules'));

await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'bench/main.ts',
    'scan-child': 'bench/harness/scan-child.ts',
    'relation-child': 'bench/harness/relation-child.ts',
    'look-child': 'bench/harness/look-child.ts',
    'bpf-child': 'bench/harness/bpf-child.ts',
    'fleet-child': 'bench/harness/fleet-child.ts',
  },
  outdir: workshop,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  loader: { '.sql': 'text' },
  external: ['@electric-sql/pglite', 'koffi', 'pg', 'plumbline:*'],
  logLevel: 'warning',
});

const child = spawn(proc.execPath, [path.join(workshop, 'main.mjs'), ...proc.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches the child too, which ends its population; we stay to clean up after it.
for (const signal of ['SIGINT', 'SIGTERM']) proc.on(signal, () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => proc.exit(code ?? (signal ? 130 : 1)));
