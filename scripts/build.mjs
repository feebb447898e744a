// Builds dist/: the command as CommonJS with lazily loaded parts, the library, and its types.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { engineTemplateFile, liveTablesSql } from './engine-template.mjs';
import { engineWorker } from './engine-worker.mjs';
import { joinStart } from './join-start.mjs';
import { templateFile, templateMajor } from './template.mjs';

// All but what build-bpf.mjs has made, which needs a compiler that not everybody has.
for (const name of existsSync('dist') ? readdirSync('dist') : []) {
  if (name !== 'bpf') rmSync(path.join('dist', name), { recursive: true });
}

// The data directory of a new embedded registry, as bytes in a chunk of its own.
const registryTemplate = {
  name: 'the registry template',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^plumbline:registry-/ }, ({ path: name }) => ({ path: name, namespace: 'template' }));
    onLoad({ filter: /registry-major$/, namespace: 'template' }, () => ({ contents: templateMajor(), loader: 'text' }));
    onLoad({ filter: /.*/, namespace: 'template' }, () => ({
      contents: readFileSync(templateFile()),
      loader: 'binary',
    }));
  },
};

// Where the engine's files are, from a piece beside them. In the command, which becomes CommonJS, a piece knows its
// directory by another name than in a module.
const engineFilesBeside = (directory) => ({
  name: 'the files of the SQL engine',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^plumbline:engine-files$/ }, ({ path: name }) => ({ path: name, namespace: 'engine' }));
    onLoad({ filter: /.*/, namespace: 'engine' }, () => ({
      contents: `
        export const worker = ${directory} + '/engine-worker.cjs';
        export const template = ${directory} + '/engine-template.tar.gz';`,
    }));
  },
});

// The same of the iterators, which build-bpf.mjs makes.
const bpfObjectBeside = (directory) => ({
  name: 'the BPF object',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^plumbline:bpf-object$/ }, ({ path: name }) => ({ path: name, namespace: 'bpf' }));
    onLoad({ filter: /.*/, namespace: 'bpf' }, () => ({
      contents: `
        import { resolve } from 'node:path';
        export const file = resolve(${directory}, '../bpf/sessions.bpf.o');`,
    }));
  },
});

const shared = {
  bundle: true,
  splitting: true,
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  // They find files of their own beside them, and are loaded where they are used.
  external: ['@electric-sql/pglite', 'koffi', 'libpg-query', 'pg-native'],
  loader: { '.sql': 'text' },
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
    outExtension: { '.js': '.cjs' },
    minify: true,
    // pg asks whether this is Cloudflare's, and where there is no navigator (Node 20) it makes a Response to find out:
    // that loads a whole HTTP client, 18 ms.
    define: { navigator: '{"userAgent":"Node.js"}' },
    plugins: [childProcessWhenCalled, registryTemplate, engineFilesBeside('__dirname'), bpfObjectBeside('__dirname')],
    write: false,
  });
  const pieces = new Map();
  for (const file of outputFiles) {
    const isCode = file.path.endsWith('.cjs');
    const { code } = isCode ? await transform(file.text, toCommonJs) : { code: file.text };
    pieces.set(path.relative(shared.outdir, file.path), code);
  }
  for (const [place, code] of joinStart(pieces)) {
    const file = path.join(shared.outdir, place);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, code, { mode: place === 'plumb.cjs' ? 0o755 : 0o644 });
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
writeFileSync(path.join(shared.outdir, 'chunks/engine-worker.cjs'), await engineWorker());
copyFileSync(engineTemplateFile(await liveTablesSql()), path.join(shared.outdir, 'chunks/engine-template.tar.gz'));
await build({
  ...shared,
  entryPoints: { index: 'src/index.ts' },
  external: [...shared.external, 'pg'],
  plugins: [registryTemplate, engineFilesBeside('import.meta.dirname'), bpfObjectBeside('import.meta.dirname')],
});
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
