// Results that nobody has measured, to try tables and plots on.
import { Random } from '../../test/makers/random.ts';
import {
  type Decision,
  type Mishap,
  type Outcome,
  type RunResult,
  SYSTEMS,
  type SystemResult,
  type Wrong,
  type WrongStretch,
} from '../model.ts';

const KINDS = ['kill', 'oom', 'exit', 'exec', 'exec-shell', 'respawn', 'hang', 'number-reused'] as const;
const LATE_S = [90, 15, 70, 140, 30, 4, 0, 0, 0.9, 0, 0];

/** A run whose numbers have about the size that they could have. */
export function madeUpRun(seed: number, { sessions = 8, seconds = 120 } = {}): RunResult {
  const random = new Random(seed);
  const names = Array.from({ length: sessions }, (_, index) => `s${String(index).padStart(2, '0')}`);
  const mishaps: Mishap[] = [
    ...names.map((session) => ({ at: random.next() * 500, kind: 'start', session, server: 'bet-a' }) as const),
    ...names.map((session) => {
      return { at: 5000 + random.next() * (seconds - 40) * 1000, kind: random.pick(KINDS), session };
    }),
    { at: seconds * 300, kind: 'database-outage', lasts: seconds * 100 },
    { at: seconds * 500, kind: 'starved', lasts: seconds * 150 },
    { at: seconds * 650, kind: 'server-killed', server: 'bet-b' },
    { at: seconds * 680, kind: 'server-started', server: 'bet-b' },
    { at: seconds * 200, kind: 'client-gone', server: 'bet-a' },
  ];
  const systems = SYSTEMS.map((system, index) =>
    madeUpResult(system, LATE_S[index] ?? 0, mishaps, { random, sessions, seconds }),
  );
  return { options: { seed, sessions, seconds }, mishaps, systems };
}

function madeUpResult(
  system: string,
  late: number,
  mishaps: readonly Mishap[],
  { random, sessions, seconds }: { readonly random: Random; readonly sessions: number; readonly seconds: number },
): SystemResult {
  const ended = mishaps.filter((it) => 'session' in it && it.kind !== 'start' && it.kind !== 'hang');
  const stretches =
    late === 0 ? [] : ended.map((it) => madeUpStretch(it as Mishap & { session: string }, late, random));
  const sum = stretches.reduce((all, stretch) => all + stretch.seconds, 0);
  const outcomes = (): Record<Outcome, number> => {
    const bad = Math.min(40, Math.round(sum / 20));
    return { right: 90 - bad, 'wrong target': Math.floor(bad / 4), failed: Math.ceil(bad / 2), missed: 3, withheld: 7 };
  };
  const beats = system.startsWith('heartbeat') ? (sessions * seconds) / Number(/\d+/.exec(system)?.[0]) : 0;
  return {
    system,
    rowSeconds: sessions * seconds,
    wrongSeconds: {
      'dead called alive': sum,
      'alive called dead': 0,
      'wrong pid': 0,
      'wrong pane': 0,
    } satisfies Record<Wrong, number>,
    unknownSeconds: 0,
    unansweredSeconds: late > 0 ? 12 : 0,
    whyUnknown: {},
    whyUnanswered: late > 0 ? { 'connection refused': 12 } : {},
    outdatedSeconds: 0.5,
    hungCalledAliveSeconds: 40,
    stretches,
    decisions: { nudge: outcomes(), signal: outcomes(), route: outcomes() } satisfies Record<
      Decision,
      Record<Outcome, number>
    >,
    mistakes: [],
    readings: madeUpReadings(seconds),
    readingMs: { median: 2 + random.next(), p99: 9 },
    cost: {
      keepingCpuSeconds: beats / 900,
      readingCpuSeconds: system === 'plumb list' ? 14 : 0.5,
      databaseCpuSeconds: beats / 2000,
      readings: seconds,
      rowsWritten: Math.round(beats) + sessions,
      walBytes: Math.round(beats) * 190 + 4000,
    },
  };
}

/** One a second, of which each twelfth fails. */
function madeUpReadings(seconds: number): SystemResult['readings'] {
  return Array.from({ length: seconds }, (_, second) => {
    return { asked: second * 1000, answered: second * 1000 + 3, failed: second % 12 === 0 };
  });
}

function madeUpStretch(mishap: Mishap & { readonly session: string }, late: number, random: Random): WrongStretch {
  const from = mishap.at + random.next() * 900;
  const seconds = Math.max(0.4, late * random.next());
  return {
    session: mishap.session,
    wrong: 'dead called alive',
    from,
    to: from + seconds * 1000,
    seconds,
    readings: Math.ceil(seconds),
    asked: from - 3,
    answer: { status: 'alive', process: { host: 'outer', pid: 100 }, pane: { server: 'bet-a', id: '%1' } },
    lastSo: { whole: mishap.at, inParts: mishap.at },
    truth: { since: mishap.at, status: 'dead' },
    after: mishap,
    afterMs: from - mishap.at,
  };
}
