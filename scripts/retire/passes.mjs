import { readFileSync } from 'node:fs';
import { nowMs } from './until.mjs';

/** What each pass of a watch of a table begins with, once it has begun its transaction. */
const LOCKS = /pg_advisory_xact_lock/;
const LINE = /^(\d+\.\d+) (\d+) LOG: {2}(?:statement|execute [^:]*): ([^\n]*)/gm;

/**
 * The passes of the watch, as the database's log has them: from BEGIN to COMMIT it reads the rows, looks at the kernel,
 * and writes. Nothing of this is asked of plumbline.
 * @param log the server's log, with `%n %p` in front of every statement
 */
export function passesOf(log) {
  const offsetMs = Date.now() - nowMs();
  const open = new Map();
  const passes = [];
  for (const [, epoch, server, statement] of readFileSync(log, 'utf8').matchAll(LINE)) {
    const timeMs = Number(epoch) * 1000 - offsetMs;
    if (/^begin/i.test(statement)) open.set(server, { beginMs: timeMs, isPass: false });
    const pass = open.get(server);
    if (pass && LOCKS.test(statement)) pass.isPass = true;
    if (!pass || !/^(?:commit|rollback)/i.test(statement)) continue;
    if (pass.isPass) passes.push({ beginMs: pass.beginMs, endMs: timeMs });
    open.delete(server);
  }
  return passes;
}

/**
 * How far behind the rows could be in this time: what happens just after a pass has begun is seen by the next one, and
 * stands in the rows when that ends.
 */
export function boundOf(passes, fromMs, toMs) {
  let boundMs = 0;
  for (const [index, { beginMs }] of passes.entries()) {
    const next = passes[index + 1] ?? { endMs: toMs };
    if (next.endMs >= fromMs && beginMs <= toMs) boundMs = Math.max(boundMs, next.endMs - beginMs);
  }
  return boundMs + COMMIT_MS;
}

/** A commit is logged when it begins. */
const COMMIT_MS = 50;
