import { describe, expect, it } from 'vitest';
import type { Session } from '../model/session.ts';
import type { HomeReport } from '../model/snapshot.ts';
import { toText } from '../model/text.ts';
import type { Field, Relation } from './column.ts';
import { HOMES } from './homes.ts';
import { SESSIONS } from './sessions.ts';
import { toWire } from './wire.ts';

const TERMINAL = { name: 'pts/3', ttyNr: 34819, dev: 26n, index: 3 };

const ALIVE: Session = {
  name: toText('ada'),
  home: toText('/srv/agents/ada'),
  homeId: null,
  verdict: 'alive',
  pid: 4711,
  startTimeTicks: 18_446_744_073_709_551_615n,
  bootId: 'eec0d34c-fa37-4058-acc7-198e9d8c0c8d',
  exe: { dev: 1n, ino: 2n },
  terminal: TERMINAL,
  pane: {
    kind: 'pane',
    links: [],
    pane: {
      multiplexer: 'tmux',
      server: {
        pid: 310,
        startTimeTicks: 3n,
        innerPid: 310,
        uid: 0,
        gid: 0,
        socket: '/tmp/tmux-0/default',
        program: '/usr/bin/tmux',
      },
      id: '%7',
      address: toText('work:1.0'),
      alsoAt: [],
      firstPid: 4700,
    },
  },
  detached: false,
  foreground: true,
  command: toText('claude'),
  cwd: toText('/srv/agents/ada/\xff'),
  state: 'S',
  startedAt: new Date('2026-11-24T03:12:05.000Z'),
  lastInputAt: new Date('2026-11-24T04:00:00.000Z'),
  lastOutputAt: new Date('2026-11-24T04:00:08.000Z'),
  claimants: [
    { pid: 4711, startTimeTicks: 7n, command: toText('claude'), terminal: TERMINAL, reason: 'in the foreground' },
  ],
  claimedBy: [{ pid: 4712, command: toText('sh'), verified: true }],
  evidence: [{ fact: 'it lives', source: 'stat', value: 'S', check: null }],
};

const NOBODY: Session = {
  ...ALIVE,
  pane: { kind: 'unknown', why: 'it may not be looked into', links: [] },
  home: null,
  verdict: 'unknown',
  pid: null,
  startTimeTicks: null,
  bootId: null,
  terminal: { ...TERMINAL, name: 'tty1', dev: null, index: null },
  foreground: null,
  command: null,
  cwd: null,
  state: null,
  startedAt: null,
  lastInputAt: null,
  lastOutputAt: null,
  claimants: [],
  evidence: [],
};

describe('SESSIONS', () => {
  it('has the shape of the wire', () => {
    expect(JSON.parse(JSON.stringify(toWire(SESSIONS, ALIVE)))).toEqual({
      name: 'ada',
      home: '/srv/agents/ada',
      verdict: 'alive',
      pid: 4711,
      start_time_ticks: '18446744073709551615',
      boot_id: 'eec0d34c-fa37-4058-acc7-198e9d8c0c8d',
      terminal: { name: 'pts/3', dev: '26', index: 3 },
      pane: {
        multiplexer: 'tmux',
        id: '%7',
        address: 'work:1.0',
        server_pid: 310,
        socket: '/tmp/tmux-0/default',
      },
      no_pane_because: null,
      detached: false,
      foreground: true,
      command: 'claude',
      cwd: '/srv/agents/ada/\ufffd',
      cwd_base64: 'L3Nydi9hZ2VudHMvYWRhL/8=',
      state: 'S',
      started_at: '2026-11-24T03:12:05.000Z',
      last_input_at: '2026-11-24T04:00:00.000Z',
      last_output_at: '2026-11-24T04:00:08.000Z',
      claimants: [
        {
          pid: 4711,
          start_time_ticks: '7',
          command: 'claude',
          terminal: { name: 'pts/3', dev: '26', index: 3 },
          reason: 'in the foreground',
        },
      ],
      claimed_by: [{ pid: 4712, command: 'sh', verified: true }],
      evidence: [{ fact: 'it lives', source: 'stat', value: 'S', check: null }],
    });
  });

  it('says null for what is unknown, and leaves nothing out', () => {
    const wire = toWire(SESSIONS, NOBODY);
    expect(Object.keys(wire)).toEqual(SESSIONS.columns.map(({ name }) => name));
    expect(wire).toMatchObject({
      home: null,
      pid: null,
      start_time_ticks: null,
      started_at: null,
      last_input_at: null,
      claimants: [],
    });
    expect(wire['terminal']).toEqual({ name: 'tty1', dev: null, index: null });
    expect(toWire(SESSIONS, { ...NOBODY, terminal: null })['terminal']).toBeNull();
  });
});

describe('HOMES', () => {
  const report: HomeReport = {
    name: toText('ada'),
    path: toText('/srv/agents/ada'),
    id: { dev: 65024n, ino: 12n },
    problem: null,
    verdict: 'alive',
    reason: 'it is the only claimant',
    session: ALIVE,
    bystanders: [{ pid: 5, command: toText('bash'), terminal: null, role: 'launcher', reason: 'it launched it' }],
  };

  it('has the shape of the wire', () => {
    expect(toWire(HOMES, report)).toEqual({
      name: 'ada',
      path: '/srv/agents/ada',
      dev: '65024',
      ino: '12',
      verdict: 'alive',
      reason: 'it is the only claimant',
      pid: 4711,
      bystanders: [{ pid: 5, command: 'bash', terminal: null, role: 'launcher', reason: 'it launched it' }],
    });
  });

  it('says null for a home that is not there', () => {
    const wire = toWire(HOMES, { ...report, id: null, session: null });
    expect(wire).toMatchObject({ dev: null, ino: null, pid: null });
  });
});

describe('every column', () => {
  it.each([SESSIONS, HOMES] as Relation<never>[])('of $name is described, and named once', ({ columns }) => {
    const check = (fields: readonly Field[]) => {
      expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
      for (const field of fields) {
        expect(field.name).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(field.doc).not.toBe('');
        if ('columns' in field) check(field.columns);
      }
    };
    check(columns);
  });
});
