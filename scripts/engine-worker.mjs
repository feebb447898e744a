// The thread that the SQL engine runs in, as one file: node starts threads from files, and not from TypeScript on Node 20.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { build } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '..');

/** Its code, as CommonJS; PGlite must be found from where it is put. */
export async function engineWorker() {
  const { outputFiles } = await build({
    entryPoints: [path.join(ROOT, 'src/sql/engine/worker.ts')],
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    external: ['@electric-sql/pglite'],
    logLevel: 'warning',
    write: false,
  });
  return outputFiles[0].text;
}

/** The same as a file, for tests of the sources; made now if there is none of these. */
export async function engineWorkerFile() {
  const code = await engineWorker();
  const recipe = createHash('sha256').update(code).digest('hex').slice(0, 12);
  const file = path.join(ROOT, 'node_modules/.cache/plumbline', `engine-worker-${recipe}.cjs`);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const part = `${file}.${proc.pid}`;
    fs.writeFileSync(part, code);
    fs.renameSync(part, file);
  }
  return file;
}
