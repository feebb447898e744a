import type { Pane, PaneSight } from '../../model/pane.ts';
import type { Session } from '../../model/session.ts';
import { toText } from '../../model/text.ts';

/** A session for the tests beside this file: `ada`, alive, except for what the test says of it. */
export function sampleSession(said: Partial<Session> = {}): Session {
  return {
    name: toText('ada'),
    home: toText('/srv/agents/ada'),
    homeId: null,
    verdict: 'alive',
    pid: 4711,
    startTimeTicks: 7n,
    bootId: 'eec0d34c-fa37-4058-acc7-198e9d8c0c8d',
    exe: { dev: 1n, ino: 2n },
    terminal: { name: 'pts/3', ttyNr: 34819, dev: 26n, index: 3 },
    pane: null,
    detached: false,
    foreground: true,
    command: toText('claude'),
    cwd: toText('/srv/agents/ada'),
    state: 'S',
    startedAt: new Date('2026-11-24T03:00:00Z'),
    lastInputAt: null,
    lastOutputAt: null,
    claimants: [],
    claimedBy: null,
    evidence: [],
    ...said,
  };
}

/** The same home with no single owner: of the process nothing is claimed. */
export function sampleOwnerless(said: Partial<Session> & Pick<Session, 'verdict'>): Session {
  const nothing = { pid: null, startTimeTicks: null, exe: null, terminal: null, foreground: null, command: null };
  return sampleSession({ ...nothing, cwd: null, state: null, startedAt: null, ...said });
}

/** How a pane of tmux that shows a session is told. */
export function sampleSight(said: Partial<Pane> = {}): PaneSight {
  const server = { pid: 310, startTimeTicks: 3n, innerPid: 310, uid: 0, gid: 0, socket: '/tmp/tmux-0/default' };
  return {
    kind: 'pane',
    links: [],
    pane: {
      multiplexer: 'tmux',
      server: { ...server, program: '/usr/bin/tmux' },
      id: '%7',
      address: toText('work:1.0'),
      alsoAt: [],
      firstPid: 4700,
      ...said,
    },
  };
}
