import { readFileSync } from 'node:fs';
import { nowMs } from './until.mjs';

/** What each pass of a watch of a table begins with, once it has begun its transaction. */
const LOCKS = /^select pg_advisory_xact_lock\(/;
const LINE = /^(\d+\.\d+) (\d+) LOG: {2}duration: [\d.]+ ms {2}(?:statement|execute [^:]*): ([^\n]*)/gm;

/** Deaths that are too many at once are written by a pass that begins so long after one that has held them. */
const HELD_MS = 2000;
/** From the log's moment to the watch's own, by which it waits. */
const SLACK_MS = 50;

/**
 * The passes of the watch, as the database's log has them: from BEGIN to COMMIT it reads the rows, looks at the kernel,
 * and writes. Nothing of this is asked of plumbline. A statement is logged when it is over: a pass's look begins after its
 * BEGIN stands there, and everybody sees its rows when its COMMIT does.
 * @param log the server's log, with `%n %p` in front of every statement
 * @param offsetMs from our clock to that of the log
 */
export function passesOf(log, offsetMs = Date.now() - nowMs()) {
  const open = new Map();
  const passes = [];
  for (const [, epoch, server, statement] of readFileSync(log, 'utf8').matchAll(LINE)) {
    const timeMs = Number(epoch) * 1000 - offsetMs;
    const pass = open.get(server);
    if (/^begin\b/i.test(statement)) open.set(server, { server, beginMs: timeMs, isPass: false });
    else if (pass && LOCKS.test(statement)) pass.isPass = true;
    else if (/^commit\b/i.test(statement)) {
      if (pass?.isPass) passes.push({ server, beginMs: pass.beginMs, endMs: timeMs });
      open.delete(server);
    } else if (/^rollback\b(?! to\b)/i.test(statement)) open.delete(server);
  }
  return passes;
}

/**
 * How far back rows may be that are read at a moment: to the beginning of the last pass that everybody saw by then. Where
 * most die at once, to that of a pass that had ended two seconds before that one began, since both have to see it.
 */
export function boundsAt(passes, askedMs) {
  const seen = passes.filter(({ endMs }) => endMs <= askedMs);
  const last = seen.at(-1);
  if (last === undefined) throw new Error('no pass of a watch was over yet');
  const ofThisWatch = seen.filter(({ server }) => server === last.server);
  const held = ofThisWatch.findLast(({ endMs }) => last.beginMs - endMs >= HELD_MS + SLACK_MS) ?? ofThisWatch[0];
  return { backMs: askedMs - last.beginMs, heldBackMs: askedMs - held.beginMs };
}
