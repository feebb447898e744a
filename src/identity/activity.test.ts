import { describe, expect, it } from 'vitest';
import type { ActivityFacts, ChildFacts, TerminalActivity } from '../model/activity.ts';
import { type Outcome, value } from '../model/outcome.ts';
import { toText } from '../model/text.ts';
import { childrenAtWork, idleSecondsOf, judgeActivity } from './activity.ts';
import { activityEvidence } from './activity-evidence.ts';

const denied: Outcome<never> = { kind: 'denied', errno: 'EACCES' };
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, seconds));

/** A full-screen program at rest, in the foreground of its terminal: an hour old, last used 100 s ago. */
const TERMINAL: TerminalActivity = {
  descriptor: 'fd/0',
  times: value({ lastInputAt: at(-100), lastOutputAt: at(-104) }),
  writes: value(0),
  unreadBytes: value(0),
  mode: value({ canonical: false, echo: false, isig: false }),
};
const AT_REST: ActivityFacts = {
  windowMs: 250,
  observedAt: at(0),
  state: 'S',
  startedAt: at(-3600),
  frozen: value(false),
  foreground: true,
  terminal: TERMINAL,
  cpuNs: value(0n),
  bytesRead: value(0n),
  waiting: value('elsewhere'),
  children: value([]),
};
/** A tool that was started in the present turn, and only waits. */
const TOOL: ChildFacts = {
  pid: 51,
  command: toText('sleep'),
  startedAt: at(-60),
  isFork: false,
  isInFront: false,
  cpuNs: 0n,
};

type Said = Partial<Omit<ActivityFacts, 'terminal'>> & { readonly terminal?: Partial<TerminalActivity> | null };

function scene({ terminal = {}, ...said }: Said = {}): ActivityFacts {
  return { ...AT_REST, ...said, terminal: terminal && { ...TERMINAL, ...terminal } };
}

function judged(said: Said): string {
  const { state, reason } = judgeActivity(scene(said));
  return `${state}: ${reason}`;
}

const child = (said: Partial<ChildFacts> = {}) => ({ children: value([{ ...TOOL, ...said }]) });

describe('judgeActivity()', () => {
  it.each<[string, Said, string]>([
    ['a full-screen program at rest', {}, 'idle: nothing moved in 250 ms'],
    ['a shell at its prompt, which waits in pselect', { waiting: value('elsewhere') }, 'idle: nothing moved in 250 ms'],
    [
      'cat without a file',
      { waiting: value('reading_terminal'), terminal: { mode: value({ canonical: true, echo: true, isig: true }) } },
      'waiting_for_input: nothing moves, and it sleeps in read(2) on its terminal',
    ],
    ['the same, where its system call may not be read', { waiting: denied }, 'idle: nothing moved in 250 ms'],
    ['Ctrl-Z', { state: 'T', foreground: false }, 'stopped: a signal has stopped it (Ctrl-Z, SIGSTOP)'],
    ['a debugger', { state: 't' }, 'stopped: a debugger has stopped it'],
    ['a frozen group of version 1', { state: 'D', frozen: value(true) }, 'stopped: its control group is frozen'],
    ['a frozen group of version 2', { frozen: value(true), cpuNs: denied }, 'stopped: its control group is frozen'],
    [
      'a spinner that uses little CPU time',
      { cpuNs: value(900_000n), terminal: { writes: value(3) } },
      'busy: its terminal was written to 3 times in 250 ms',
    ],
    ['a loop without output', { cpuNs: value(240_000_000n) }, 'busy: it used 240.0 ms of CPU time in 250 ms'],
    ['housekeeping', { cpuNs: value(4_000_000n) }, 'idle: nothing moved in 250 ms'],
    ['an answer that streams in, and is not shown', { bytesRead: value(106n) }, 'busy: it read 106 bytes in 250 ms'],
    ['threads that wake each other', { bytesRead: value(24n) }, 'idle: nothing moved in 250 ms'],
    ['unread input', { terminal: { unreadBytes: value(6) } }, 'busy: 6 typed bytes wait to be read'],
    ['a read from a disk', { state: 'D' }, 'busy: it waits for a device'],
    ['the background', { foreground: false }, 'idle: nothing moved in 250 ms, in the background'],
    [
      'a reader in the background',
      { foreground: false, waiting: value('reading_terminal') },
      'idle: nothing moved in 250 ms, in the background',
    ],
    [
      'a survivor without a terminal',
      { terminal: null, foreground: null },
      'idle: nothing moved in 250 ms, and it has no terminal',
    ],
    [
      'a survivor that computes',
      { terminal: null, foreground: null, cpuNs: value(250_000_000n) },
      'busy: it used 250.0 ms of CPU time in 250 ms',
    ],
    ['a tool', child(), 'busy: its child 51 (sleep) has been running for 60 s'],
  ])('says of %s what it seems to do', (_, said, expected) => {
    expect(judged(said)).toBe(expected);
  });

  it.each<[string, Said, string]>([
    ['CPU time', { cpuNs: denied }, 'CPU time (EACCES)'],
    ['bytes', { bytesRead: denied }, 'bytes read (EACCES)'],
    ['children', { children: denied }, 'children (EACCES)'],
    ['output', { terminal: { writes: denied } }, 'output (EACCES)'],
    ['unread input', { terminal: { unreadBytes: denied } }, 'unread input (EACCES)'],
    ['control groups', { frozen: denied }, 'whether it is frozen (EACCES)'],
    ['control groups of one in D', { frozen: denied, state: 'D' }, 'whether it is frozen (EACCES)'],
  ])('calls nobody idle whose %s could not be seen', (_, said, unseen) => {
    expect(judged(said)).toBe(`unknown: not all could be seen: ${unseen}`);
  });

  it('calls busy what is seen to move, whatever else is denied', () => {
    const blind = { frozen: denied, bytesRead: denied, children: denied, waiting: denied };
    expect(judged({ ...blind, terminal: { writes: value(1) } })).toMatch(/^busy: its terminal was written to once/);
    expect(judged({ ...blind, cpuNs: value(100_000_000n) })).toMatch(/^busy: it used/);
  });

  it('needs no mode and no times to call a session idle', () => {
    expect(judged({ terminal: { mode: denied, times: denied } })).toMatch(/^idle/);
  });
});

describe('childrenAtWork()', () => {
  const workOf = (said: Partial<ChildFacts>, session: Said = {}) =>
    childrenAtWork(scene({ ...session, ...child(said) })).map(({ reason }) => reason);

  it.each<[string, Partial<ChildFacts>, Said, string[]]>([
    ['a helper that computes', { startedAt: at(-3599), cpuNs: 9_000_000n }, {}, ['used 9.0 ms of CPU time']],
    ['a helper that came with the session', { startedAt: at(-3590) }, { terminal: { times: denied } }, []],
    ['a helper of a session that only its terminal has answered', { startedAt: at(-90) }, { startedAt: at(-104) }, []],
    [
      'a tool of a young session that somebody has typed to',
      { startedAt: at(-90) },
      { startedAt: at(-105) },
      ['has been running for 90 s'],
    ],
    [
      'a tool of a session that was given its task at its start',
      { startedAt: at(-60) },
      { startedAt: at(-100) },
      ['has been running for 60 s'],
    ],
    ['a tool of an earlier turn', { startedAt: at(-101) }, {}, []],
    ['a tool of this turn', { startedAt: at(-99) }, {}, ['has been running for 99 s']],
    [
      'a tool, where the last input is not known',
      { startedAt: at(-99) },
      { terminal: { times: denied } },
      ['has been running for 99 s'],
    ],
    [
      'a server of this turn that runs for long',
      { startedAt: at(-601) },
      { terminal: { times: value({ lastInputAt: at(-700), lastOutputAt: at(-700) }) } },
      [],
    ],
    ['a fork', { startedAt: at(-3599), isFork: true }, {}, ['is about to start a program']],
    [
      'an editor that has the terminal',
      { startedAt: at(-3599), isInFront: true },
      { foreground: false },
      ['has the terminal'],
    ],
    ['a helper in the foreground group of its agent', { startedAt: at(-3599), isInFront: true }, {}, []],
    ['a child of unknown age', { startedAt: null }, {}, []],
  ])('judges %s', (_, said, session, expected) => {
    expect(workOf(said, session)).toEqual(expected);
  });

  it('names the first, and counts the others', () => {
    const children = value([TOOL, { ...TOOL, pid: 52 }, { ...TOOL, pid: 53, startedAt: at(-3599) }]);
    expect(judged({ children })).toBe('busy: its child 51 (sleep) has been running for 60 s, and 1 more');
  });
});

describe('idleSecondsOf()', () => {
  it('counts from the last input or output, whichever is later', () => {
    expect(idleSecondsOf(scene())).toBe(100);
    expect(idleSecondsOf(scene({ terminal: { times: value({ lastInputAt: at(-100), lastOutputAt: at(-9) }) } }))).toBe(
      9,
    );
  });

  it('is never below 0, and null where it was not seen', () => {
    expect(idleSecondsOf(scene({ terminal: { times: value({ lastInputAt: at(9), lastOutputAt: at(0) }) } }))).toBe(0);
    expect(idleSecondsOf(scene({ terminal: { times: denied } }))).toBeNull();
    expect(idleSecondsOf(scene({ terminal: null }))).toBeNull();
  });
});

describe('activityEvidence()', () => {
  const lines = (said: Said) => activityEvidence(50, scene(said)).map(({ fact, value: shown }) => `${fact}: ${shown}`);

  it('tells every fact, and what was not seen as that', () => {
    expect(lines({ cpuNs: denied, ...child() })).toEqual([
      'last input and output (up to 8 s too early): 2026-11-24T11:58:20.000Z, 2026-11-24T11:58:16.000Z',
      'writes to its terminal in 250 ms: 0',
      'typed and not read: 0 bytes',
      'its terminal hands over: keys (-icanon -echo -isig)',
      'CPU time in 250 ms: not seen: EACCES',
      'bytes read in 250 ms: 0',
      'its first thread is: elsewhere',
      'its control group is frozen: no',
      'children at work: 51 (sleep) has been running for 60 s, 0 other at rest',
    ]);
  });

  it('has nothing to say of a terminal that is not there', () => {
    expect(lines({ terminal: null })).toHaveLength(5);
  });
});
