// npm run soak [-- options]: bundles the soak, and runs it in namespaces of its own, with which all that it makes goes away.
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { build } from 'esbuild';
import { runInOwnNamespaces } from '../scripts/own-namespaces.mjs';

const root = path.join(import.meta.dirname, '..');
const INSIDE = '--on-stage';
const [first, stage = '', ...options] = proc.argv.slice(2);

if (first === INSIDE) {
  // What is not bundled is found from there too.
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(stage, 'node_modules'));
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'soak/main.ts' },
    outdir: stage,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    external: ['pg'],
    logLevel: 'warning',
  });
  // Its own arguments begin behind the program's name.
  proc.argv.splice(1, Number.POSITIVE_INFINITY, path.join(stage, 'main.mjs'), ...options);
  await import(path.join(stage, 'main.mjs'));
} else {
  const self = path.join(root, 'soak/run.mjs');
  runInOwnNamespaces((it) => [proc.execPath, self, INSIDE, it, ...proc.argv.slice(2)]);
}
