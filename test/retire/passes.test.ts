/** How far back rows may be that a watch keeps, as `npm run retire` has it from the database's log. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const FILE = path.join(import.meta.dirname, '../../scripts/retire/passes.mjs');
const { boundsAt, passesOf } = await import(pathToFileURL(FILE).href);

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-passes-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function passesIn(text: string, offsetMs = 0) {
  const log = path.join(directory, 'log');
  fs.writeFileSync(log, text);
  return passesOf(log, offsetMs);
}

/** A log of one server process: seconds, and what was over then. */
function logOf(server: number, ...lines: readonly (readonly [number, string])[]): string {
  return lines.map(([s, what]) => `${s.toFixed(3)} ${server} LOG:  duration: 0.100 ms  ${what}\n`).join('');
}

const BEGIN = 'statement: begin isolation level read committed';
const LOCK = 'execute <unnamed>: select pg_advisory_xact_lock(hashtextextended($1::text, 0::bigint))';
const COMMIT = 'statement: commit';

function pass(server: number, beginS: number, endS: number, ending = COMMIT): string {
  return logOf(server, [beginS, BEGIN], [beginS, LOCK], [endS, ending]);
}

describe('the passes of a watch in the log of its database', () => {
  it('are its transactions that were committed, and nobody else’s', () => {
    const other = logOf(8, [1, BEGIN], [1.2, 'statement: update agents set task = null'], [1.3, COMMIT]);
    const log = `${pass(7, 1, 1.5)}${other}1.600 7 LOG:  some other line\n${pass(7, 2, 2.25)}`;
    expect(passesIn(log, 500)).toEqual([
      { server: '7', beginMs: 500, endMs: 1000 },
      { server: '7', beginMs: 1500, endMs: 1750 },
    ]);
  });

  it('are none where nothing was written: rolled back, or still running', () => {
    expect(passesIn(pass(7, 1, 1.5, 'statement: rollback') + logOf(7, [2, BEGIN], [2, LOCK]))).toEqual([]);
  });

  it('go on when one row is refused', () => {
    const savepoint = 'statement: rollback to savepoint plumbline_rows';
    const log = logOf(7, [1, BEGIN], [1, LOCK], [1.2, savepoint], [1.5, COMMIT]);
    expect(passesIn(log)).toEqual([{ server: '7', beginMs: 1000, endMs: 1500 }]);
  });
});

describe('how far back a read may be', () => {
  const passes = passesIn([0, 1, 2, 3, 4].map((s) => pass(7, s, s + 0.25)).join(''));

  it('is to the beginning of the last pass that was over, whatever others took', () => {
    expect(boundsAt(passes, 2249).backMs).toBe(1249);
    expect(boundsAt(passes, 2250).backMs).toBe(250);
    const late = passesIn(pass(7, 0, 9) + pass(7, 9, 9.1));
    expect(boundsAt(late, 9200).backMs).toBe(200);
  });

  it('is two seconds and a pass more where most have died at once, and no more than this watch has seen', () => {
    // The pass from 1 s to 1.25 s had ended more than two seconds before the one from 4 s on.
    expect(boundsAt(passes, 4300).heldBackMs).toBe(3300);
    expect(boundsAt(passes, 1300).heldBackMs).toBe(1300);
    const anew = passesIn(`${pass(7, 0, 0.1)}${pass(9, 5, 5.1)}`);
    expect(boundsAt(anew, 5200).heldBackMs).toBe(200);
  });

  it('is not known before the first one', () => {
    expect(() => boundsAt(passes, 100)).toThrow('no pass of a watch was over yet');
  });
});
