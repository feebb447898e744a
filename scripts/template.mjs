// The embedded registry's data directory, made once and packed: to start from it takes a tenth of what initdb takes.
// Kept in node_modules/.cache, by the version of PGlite and of this file; built in a child, since it needs much memory.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createTar, parseTar } from 'nanotar';

const ROOT = path.join(import.meta.dirname, '..');

// A store of one user at a time that can be made anew from the kernel: small, and no promise about power cuts.
const CONF = `shared_buffers=4MB
max_connections=5
wal_buffers=64kB
min_wal_size=2MB
max_wal_size=4MB
wal_level=minimal
max_wal_senders=0
full_page_writes=off
fsync=off
jit=off
autovacuum=off
track_counts=off
track_activities=off
# With its timer a failed start would keep the process alive for ever.
log_startup_progress_interval=0
dynamic_shared_memory_type=mmap
log_timezone=UTC
timezone=UTC
datestyle='iso, mdy'
lc_messages=C
lc_monetary=C
lc_numeric=C
lc_time=C
`;

/** The packed data directory; made now if there is none of this version. */
export function templateFile() {
  const { version } = JSON.parse(
    fs.readFileSync(path.join(ROOT, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'),
  );
  const recipe = createHash('sha256')
    .update(fs.readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 12);
  const file = path.join(ROOT, 'node_modules/.cache/plumbline', `registry-${version}-${recipe}.tar.gz`);
  if (!fs.existsSync(file)) {
    console.error('making the template of the embedded registry, once: some seconds');
    execFileSync(proc.execPath, [import.meta.filename, file], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  return file;
}

/** The major version of the Postgres that made it. */
export function templateMajor() {
  const entries = parseTar(gunzipSync(fs.readFileSync(templateFile())));
  const version = entries.find(({ name }) => name === 'PG_VERSION');
  if (!version?.data) throw new Error('the template has no PG_VERSION');
  return Buffer.from(version.data).toString('latin1').trim();
}

async function make(file) {
  await packed(file, async (data) => {
    const statements = [
      'update pg_database set datistemplate = false, datallowconn = true',
      'drop database template1',
      'drop database template0',
      'vacuum (full, freeze)',
      'vacuum (freeze, analyze)',
      'checkpoint',
    ];
    await runIn(data, statements, { initDbStartParams: ['--wal-segsize=1'] });
    fs.writeFileSync(path.join(data, 'postgresql.conf'), CONF);
  });
}

/** Opens a data directory, runs statements in it, and closes it. */
export async function runIn(data, statements, options = {}) {
  const { PGlite } = await import('@electric-sql/pglite');
  const db = await PGlite.create(data, options);
  for (const statement of statements) await db.exec(statement);
  await db.close();
}

/** Packs a data directory that `fill` makes, as small as it gets. */
export async function packed(file, fill, options = {}) {
  const workshop = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-template-'));
  try {
    const data = path.join(workshop, 'data');
    await fill(data);
    // Checkpoints under the new limits let go of the surplus of WAL.
    for (let times = 0; times < 3; times++)
      await runIn(data, ['create table pg_temp.x (a int)', 'checkpoint'], options);
    keepLastSegment(data);
    for (const name of ['postmaster.pid', 'postmaster.opts']) fs.rmSync(path.join(data, name), { force: true });
    fs.writeFileSync(path.join(data, 'postgresql.conf'), CONF);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const part = `${file}.${proc.pid}`;
    fs.writeFileSync(part, gzipSync(createTar(entriesOf(data, '')), { level: 9 }));
    fs.renameSync(part, file);
  } finally {
    fs.rmSync(workshop, { recursive: true, force: true });
  }
}

/** After a clean shutdown only the segment that holds the last checkpoint is needed: pg_control says which. */
function keepLastSegment(data) {
  const control = fs.readFileSync(path.join(data, 'global/pg_control'));
  const SHUT_DOWN = 1;
  if (control.readUInt32LE(16) !== SHUT_DOWN) throw new Error('the template was not shut down cleanly');
  const segment = control.readBigUInt64LE(32) >> 20n;
  const hex = (number) => number.toString(16).toUpperCase().padStart(8, '0');
  const last = `00000001${hex(segment / 4096n)}${hex(segment % 4096n)}`;
  for (const name of fs.readdirSync(path.join(data, 'pg_wal'))) {
    if (/^[0-9A-F]{24}$/.test(name) && name !== last) fs.rmSync(path.join(data, 'pg_wal', name));
  }
}

function entriesOf(root, below) {
  return fs
    .readdirSync(path.join(root, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const attrs = { mtime: 0, uid: 0, gid: 0 };
      if (entry.isDirectory()) return [{ name, attrs }, ...entriesOf(root, name)];
      return [{ name, data: fs.readFileSync(path.join(root, name)), attrs }];
    });
}

if (proc.argv[1] === import.meta.filename) await make(proc.argv[2]);
