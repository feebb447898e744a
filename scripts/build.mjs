// Builds dist/: the command as CommonJS with lazily loaded parts, the library, and its types.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, transform } from 'esbuild';

rmSync('dist', { recursive: true, force: true });

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  logLevel: 'warning',
  legalComments: 'linked',
};

// Node starts a CommonJS program 8 to 10 ms sooner than a module (docs/performance.md), and esbuild splits modules
// only: so it is split as modules, and each piece is turned into CommonJS then.
async function buildCommand() {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: { plumb: 'src/cli/bin.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    splitting: true,
    minify: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [childProcessWhenCalled],
    write: false,
  });
  for (const file of outputFiles) {
    const isCode = file.path.endsWith('.cjs');
    const { code } = isCode ? await transform(file.text, toCommonJs) : { code: file.text };
    mkdirSync(path.dirname(file.path), { recursive: true });
    writeFileSync(file.path, code, { mode: file.path.endsWith('plumb.cjs') ? 0o755 : 0o644 });
  }
}

const toCommonJs = {
  format: 'cjs',
  platform: 'node',
  target: shared.target,
  minify: true,
  supported: { 'dynamic-import': false },
};

// commander and the look at remote file systems ask for it at once and call it hardly ever; it loads node:net and more.
const childProcessWhenCalled = {
  name: 'child_process when called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, () => ({ path: 'child_process', namespace: 'when-called' }));
    onLoad({ filter: /.*/, namespace: 'when-called' }, () => ({
      contents: "export const spawn = (...given) => process.getBuiltinModule('node:child_process').spawn(...given);",
    }));
  },
};

await buildCommand();
await build({ ...shared, entryPoints: { index: 'src/index.ts' }, outdir: 'dist' });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
