import { PlumblineError } from '../model/errors.ts';
import { mayFind } from '../model/home.ts';
import type { Ending, IncumbentReport } from '../model/incumbent.ts';
import type { Session } from '../model/session.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { toText } from '../model/text.ts';
import { whyElsewhere } from './host.ts';
import type { RowFacts, StoredHost } from './row.ts';
import { bytesOfStored, storedText } from './stored-text.ts';

/** All that is known of one name. */
export interface NameFacts {
  readonly name: string;
  readonly row: RowFacts | null;
  /** The session of its home, alive or ambiguous; null where there is none. */
  readonly session: Session | null;
  /** What became of the process that the row names; null where it names none. */
  readonly incumbent: Fate | null;
  /** The name that the row's process is the session of now, and whose row will say so; null where there is none. */
  readonly otherName: string | null;
  /** What is known of the home. */
  readonly home: HomeSight;
  readonly observedAt: Date;
}

/** What became of a row's process, or of the place that it was counted in. */
export type Fate = Omit<IncumbentReport, 'name' | 'incumbent' | 'ending' | 'now' | 'innerOf'> & {
  readonly ending: Ending | 'disowned' | null;
};

/** What one look knows of a row's home. */
export interface HomeSight {
  /**
   * `gone`: it is not there any more; who was in it may live. `unseen`: it may not be looked at, or the configuration
   * does not lead to it any more.
   */
  readonly there: 'seen' | 'gone' | 'unseen';
  /** Proven to have no session, there or gone. */
  readonly isEmpty: boolean;
}

/** The sessions by their names as rows have them. @throws {PlumblineError} `usage` without homes */
export function sessionsByName({ sessions }: Snapshot): Map<string, Session> {
  const byName = new Map<string, Session>();
  for (const session of sessions) byName.set(storedText(session.name), session);
  if (byName.size < sessions.length) {
    throw new PlumblineError('usage', 'sessions without homes have labels, not names: rows need homes');
  }
  return byName;
}

/** What has a name: sessions, rows, and which of them agree. */
interface Names {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly settled: ReadonlySet<string>;
  /** Those that are not settled. */
  readonly rows: ReadonlyMap<string, RowFacts>;
}

/** Every name that has a row or a session and is not settled, in order. */
export function nameFacts(snapshot: Snapshot, stored: StoredHost, { sessions, settled, rows }: Names): NameFacts[] {
  const names = [...sessions.keys()].filter((name) => !settled.has(name) && !rows.has(name)).concat(...rows.keys());
  if (names.length === 0) return [];
  const incumbents = new Map<string, Fate>(snapshot.incumbents.map((it) => [storedText(toText(it.name)), it]));
  const owners = new Map(snapshot.sessions.flatMap((it) => (it.pid === null ? [] : [[it.pid, it] as const])));
  const elsewhere = whyElsewhere(stored, snapshot.host);
  const sightOf = homeSights(snapshot);
  return names.sort().map((name) => {
    const row = rows.get(name) ?? null;
    const session = sessions.get(name) ?? null;
    const owner = row?.pid == null ? undefined : owners.get(row.pid);
    const isOther = row && owner && owner !== session && isIncarnation(row, owner);
    return {
      name,
      row,
      session,
      incumbent: elsewhere === null ? (incumbents.get(name) ?? null) : disowned(elsewhere),
      home: sightOf(name, row),
      otherName: isOther ? storedText(owner.name) : null,
      observedAt: snapshot.observedAt,
    };
  });
}

/** What one look knows of the home of each name; a row's own path counts where it has one. */
export function homeSights({
  homes,
  homeSpecs,
  coverage,
}: Snapshot): (name: string, row: Pick<RowFacts, 'home'> | null) => HomeSight {
  const reports = new Map(homes.map((home) => [storedText(home.name), home]));
  const hidesHomes = coverage.reasons.some(({ code }) => code === 'home_unreadable');
  const isThere = (name: string, row: Pick<RowFacts, 'home'> | null): HomeSight['there'] => {
    const report = reports.get(name);
    if (report?.id) return 'seen';
    if (report) return report.problem === 'denied' || report.problem === 'timeout' ? 'unseen' : 'gone';
    // What the configuration leads to, through directories that could be read, and is in no list, is not there.
    const home = row?.home == null ? null : bytesOfStored(row.home);
    const leads = homeSpecs.some((spec) => mayFind(spec, bytesOfStored(name), home));
    return leads && !hidesHomes ? 'gone' : 'unseen';
  };
  return (name, row) => {
    const there = isThere(name, row);
    const report = reports.get(name);
    const isLeft = !report?.bystanders.some(({ role }) => role === 'home_deleted');
    const isEmpty = report ? report.verdict === 'none' : there === 'gone' && coverage.complete;
    return { there, isEmpty: isEmpty && isLeft };
  };
}

function disowned(why: string): Fate {
  const evidence = [{ fact: 'where it was counted is no more', source: '--adopt-host', value: why, check: null }];
  const nothing = { place: null, session: null };
  return { verdict: 'dead', ending: 'disowned', reason: 'where it was counted is no more', evidence, ...nothing };
}

function isIncarnation(row: RowFacts, { bootId, startTimeTicks }: Session): boolean {
  return row.bootId === bootId && row.startTimeTicks === startTimeTicks;
}
