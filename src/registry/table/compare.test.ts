import { describe, expect, it } from 'vitest';
import { sampleSession } from '../../cli/render/sample-session.ts';
import type { Running } from '../../model/incumbent.ts';
import { toText } from '../../model/text.ts';
import type { Claim } from './claim.ts';
import { type ClaimFacts, compareClaim } from './compare.ts';

const WRITTEN = new Date('2026-11-24T12:00:00Z');
const LATER = new Date('2026-11-24T15:00:00Z');
const EARLIER = new Date('2026-11-24T09:00:00Z');
const SESSION = sampleSession({ pid: 120 });

function claim(more: Partial<Claim> = {}): Claim {
  const values = { pid: '110', terminal: 'pts/0', status: 'running' };
  const times = { startedAt: null, observedAt: WRITTEN, endedAt: null };
  return { name: 'ada', pid: 110, says: 'alive', host: null, ...times, values, ...more };
}

/** A row without a pid. */
const NAMELESS = claim({ pid: null, values: { pid: null, terminal: 'pts/0', status: 'running' } });

const NOTHING = { ending: null, place: null, now: null, innerOf: null, session: null, evidence: [] } as const;
const GONE = { ...NOTHING, verdict: 'dead', ending: 'exited', reason: 'no process has its number' } as const;
const HIDDEN = { ...NOTHING, verdict: 'unknown', reason: 'the process is hidden from us' } as const;

function running(more: Partial<Running>): ClaimFacts['report'] {
  const now: Running = {
    command: toText('sshd'),
    file: 'other',
    startedAt: EARLIER,
    place: 'elsewhere',
    below: [],
    ...more,
  };
  return { ...NOTHING, verdict: 'unknown', reason: 'its number runs sshd, which is none of the commands', now };
}

function living(place: Running['place'], more: Partial<Running> = {}): ClaimFacts['report'] {
  const now: Running = { command: toText('claude'), file: 'other', startedAt: EARLIER, place, below: [], ...more };
  const session = sampleSession({ pid: 110 });
  return { ...NOTHING, verdict: 'alive', reason: 'it lives', place, now, session };
}

const SEEN = { there: 'seen', isEmpty: false } as const;
const EMPTY = { there: 'seen', isEmpty: true } as const;
const UNSEEN = { there: 'unseen', isEmpty: false } as const;

function compared(more: Partial<ClaimFacts>): string {
  const facts: ClaimFacts = {
    claim: claim(),
    isOurs: true,
    otherHost: null,
    session: null,
    report: GONE,
    otherName: null,
    home: SEEN,
    hidesProcesses: false,
    clockSkewMs: 0,
    ...more,
  };
  const { kind, verdict, should } = compareClaim(facts);
  const write = should === null ? 'leave' : should === 'dead' ? 'end' : `write ${should.alive.pid}`;
  return `${kind ?? 'right'}: ${verdict}: ${write}`;
}

describe('compareClaim()', () => {
  it.each<[string, Partial<ClaimFacts>, string]>([
    ['its process is the session', { session: sampleSession({ pid: 110 }) }, 'terminal_moved: alive: write 110'],
    ['nobody has its number', {}, 'dead_pid: dead: end'],
    ['nobody has it, and another is the session', { session: SESSION }, 'restarted: alive: write 120'],
    ['nobody has it, and processes are hidden', { hidesProcesses: true }, 'unknown: unknown: leave'],
    ['it is hidden', { report: HIDDEN }, 'unknown: unknown: leave'],
    [
      'nobody has it, processes are hidden, and another is the session',
      { hidesProcesses: true, session: SESSION },
      'unknown: unknown: leave',
    ],
    [
      'the shell that its session was started from has it',
      { report: running({ file: 'launcher', place: 'home', below: [120] }), session: SESSION },
      'other_pid: alive: write 120',
    ],
    ['it is hidden, and another is the session', { report: HIDDEN, session: SESSION }, 'unknown: unknown: leave'],
    ['a stranger outside has it', { report: running({}) }, 'left: dead: end'],
    ['a later stranger has it', { report: running({ startedAt: LATER }) }, 'reused_pid: dead: end'],
    [
      'nothing says when the row was written',
      { report: running({}), claim: claim({ observedAt: null }) },
      'reused_pid: dead: end',
    ],
    ['an interpreter outside has it', { report: running({ file: 'interpreter' }) }, 'unknown: unknown: leave'],
    [
      'a later interpreter outside has it',
      { report: running({ file: 'interpreter', startedAt: LATER }) },
      'reused_pid: dead: end',
    ],
    ['a shell in the home has it', { report: running({ file: 'shell', place: 'home' }) }, 'left: dead: end'],
    [
      'a launcher in the home has it',
      { report: running({ file: 'launcher', place: 'home' }) },
      'unknown: unknown: leave',
    ],
    ['a program in exec has it', { report: running({ file: 'starting', place: 'home' }) }, 'unknown: unknown: leave'],
    ['a program in the home has it', { report: running({ place: 'home' }) }, 'unknown: unknown: leave'],
    [
      'a program in the home has it that our clock says is later',
      { report: running({ place: 'home', startedAt: LATER }) },
      'unknown: unknown: leave',
    ],
    ['its program may not be read', { report: running({ file: 'unread' }) }, 'unknown: unknown: leave'],
    ['it is away', { report: living('elsewhere') }, 'wandered: alive: write 110'],
    [
      'it is away, and another is in the home',
      { report: living('elsewhere'), session: SESSION },
      'ambiguous: ambiguous: leave',
    ],
    ['it does not own its home', { report: living('home'), session: SESSION }, 'other_pid: alive: write 120'],
    ['its home was deleted', { report: living('home_deleted') }, 'home_deleted: alive: write 110'],
    ['nobody knows where it is', { report: living('unseen') }, 'unknown: unknown: leave'],
    [
      'it is outside, and no home has the name',
      { report: living('elsewhere'), home: UNSEEN },
      'no_home: unknown: leave',
    ],
    [
      'it is another name’s, and its home is empty',
      { report: living('elsewhere'), otherName: 'bob', home: EMPTY },
      'unknown: unknown: leave',
    ],
    [
      'it is another name’s and later, and its home is empty',
      { report: living('elsewhere', { startedAt: LATER }), otherName: 'bob', home: EMPTY },
      'reused_pid: dead: end',
    ],
    [
      'it is another name’s and later by the wrong clock, and its home is empty',
      { report: living('elsewhere', { startedAt: LATER }), otherName: 'bob', home: EMPTY, clockSkewMs: -4 * 3_600_000 },
      'unknown: unknown: leave',
    ],
    [
      'it is another name’s and later, and its home is gone',
      { report: living('elsewhere', { startedAt: LATER }), otherName: 'bob', home: { there: 'gone', isEmpty: true } },
      'no_home: unknown: leave',
    ],
    [
      'it is another name’s, and its home is seen',
      { report: living('elsewhere'), otherName: 'bob' },
      'unknown: unknown: leave',
    ],
    [
      'it is another name’s, and another is the session',
      { report: living('elsewhere'), otherName: 'bob', session: SESSION },
      'other_pid: alive: write 120',
    ],
    [
      'it names no process, and its home is empty',
      { claim: NAMELESS, report: null, home: EMPTY },
      'no_session: dead: end',
    ],
    ['it names no process, and its home is not known', { claim: NAMELESS, report: null }, 'unknown: unknown: leave'],
    [
      'it names no process, and one is the session',
      { claim: NAMELESS, report: null, session: SESSION },
      'other_pid: alive: write 120',
    ],
    ['it may be another machine’s', { isOurs: false }, 'unknown: unknown: leave'],
    [
      'it may be another machine’s, and one is the session here',
      { isOurs: false, session: SESSION },
      'unknown: unknown: leave',
    ],
    [
      'another host has ended it',
      { otherHost: 'b', claim: claim({ says: 'dead' }), session: SESSION },
      'moved_here: alive: write 120',
    ],
    ['another host has not ended it', { otherHost: 'b', session: SESSION }, 'other_host: unknown: leave'],
    ['it says dead', { claim: claim({ says: 'dead' }) }, 'right: dead: leave'],
    [
      'it says dead, and lives',
      { claim: claim({ says: 'dead' }), session: SESSION },
      'recorded_dead: alive: write 120',
    ],
    ['it says something else', { claim: claim({ says: 'other' }) }, 'right: unknown: leave'],
    [
      'it says something else, and a session lives',
      { claim: claim({ says: 'other' }), session: SESSION },
      'unknown: unknown: leave',
    ],
    ['its pid is none', { claim: claim({ pid: null, values: { pid: 'x' } }), report: null }, 'unknown: unknown: leave'],
  ])('%s', (_, facts, expected) => {
    expect(compared(facts)).toBe(expected);
  });

  it('takes the number of a container for no stranger’s', () => {
    const evidence = { fact: 'numbers', source: '/proc/500/status', value: 'NSpid 500 110', check: null };
    const report = { ...GONE, innerOf: { pid: 500, evidence } };
    expect(compared({ report })).toBe('foreign_pid: unknown: leave');
    expect(compared({ report, session: SESSION })).toBe('foreign_pid: unknown: leave');
  });

  it('reads one terminal under both of its names', () => {
    const values = { pid: '120', terminal: '/dev/pts/3', status: 'running' };
    const session = sampleSession({ pid: 120 });
    expect(session.terminal?.name).toBe('pts/3');
    expect(compared({ claim: claim({ pid: 120, values }), session })).toBe('right: alive: leave');
    expect(compared({ claim: claim({ pid: 120, values: { pid: '120' } }), session })).toBe('right: alive: leave');
  });
});
