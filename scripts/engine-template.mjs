// The data directory of the SQL engine, made once and packed: the registry's, with the live tables in it. To make them at
// each start would take the engine half as long again.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { parseTar } from 'nanotar';
import { packed, runIn, templateFile } from './template.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const CACHE = path.join(ROOT, 'node_modules/.cache/plumbline');

/**
 * The packed data directory with these tables in it; made now if there is none.
 * @param {string} tablesSql
 */
export function engineTemplateFile(tablesSql) {
  const registry = path.basename(templateFile(), '.tar.gz');
  const recipe = createHash('sha256')
    .update(fs.readFileSync(import.meta.filename))
    .update(registry)
    .update(tablesSql)
    .digest('hex')
    .slice(0, 12);
  const file = path.join(CACHE, `engine-${recipe}.tar.gz`);
  if (!fs.existsSync(file)) {
    console.error('making the template of the SQL engine, once: some seconds');
    execFileSync(proc.execPath, [import.meta.filename, file], {
      input: tablesSql,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
  }
  return file;
}

/** Statements that make the live tables of the sources. */
export async function liveTablesSql() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createTables } from './src/sql/engine/ddl.ts';
        import { LIVE_TABLES } from './src/sql/tables/live-tables.ts';
        export default createTables(LIVE_TABLES);`,
      resolveDir: ROOT,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    loader: { '.sql': 'text' },
    logLevel: 'warning',
    write: false,
  });
  fs.mkdirSync(CACHE, { recursive: true });
  // Beside node_modules, where it finds what it imports.
  const file = path.join(CACHE, `live-tables-${proc.pid}.mjs`);
  fs.writeFileSync(file, outputFiles[0].text);
  try {
    const { default: sql } = await import(pathToFileURL(file).href);
    return sql;
  } finally {
    fs.rmSync(file);
  }
}

async function make(file, tablesSql) {
  const { file_fdw } = await import('@electric-sql/pglite/contrib/file_fdw');
  await packed(
    file,
    async (data) => {
      unpack(templateFile(), data);
      const name = "update pg_catalog.pg_database set datname = 'plumbline'";
      await runIn(data, [tablesSql, name], { extensions: { file_fdw } });
    },
    { database: 'plumbline' },
  );
}

function unpack(template, data) {
  fs.mkdirSync(data, { mode: 0o700 });
  for (const { name, type, data: content } of parseTar(gunzipSync(fs.readFileSync(template)))) {
    const place = path.join(data, name);
    if (type === 'directory') fs.mkdirSync(place, { mode: 0o700 });
    else fs.writeFileSync(place, content ?? new Uint8Array(), { mode: 0o600 });
  }
}

if (proc.argv[1] === import.meta.filename) await make(proc.argv[2], fs.readFileSync(0, 'utf8'));
