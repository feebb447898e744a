import type { Session } from '../model/session.ts';
import { type EventKind, eventsOfChange, type SessionEvent } from './events.ts';
import type { Fate, NameFacts } from './name-facts.ts';
import { paneOf } from './pane.ts';
import { type RegistryRow, type RowFacts, sameIncarnation } from './row.ts';
import { comparableOf } from './settled.ts';
import { storedText } from './stored-text.ts';

/** What a name's row should be. */
export type Desired =
  | {
      readonly kind: 'row';
      readonly row: RegistryRow;
      readonly events: readonly SessionEvent[];
      readonly isDeath: boolean;
    }
  /** Not enough is known to change it. */
  | { readonly kind: 'keep'; readonly reason: string }
  | { readonly kind: 'nothing' };

/** What the row of one name should be, by what the kernel said of its home and of the process that the row names. */
export function desire(facts: NameFacts): Desired {
  const { session, row } = facts;
  if (session?.verdict === 'alive') return desireOwned(facts, session);
  if (session?.verdict === 'ambiguous') return desireAmbiguous(facts, session);
  if (!row || row.status === 'dead') return { kind: 'nothing' };
  return desireWithoutSession(facts, row);
}

/** One process owns the home. */
function desireOwned(facts: NameFacts, session: Session): Desired {
  const { row, incumbent } = facts;
  const next = rowOf(facts.name, session, facts.observedAt);
  if (!row || row.status === 'dead') {
    const kind = row && sameIncarnation(row, next) ? 'returned' : 'started';
    return change(next, [{ kind, of: next }]);
  }
  if (sameIncarnation(row, next)) {
    const same = {
      ...next,
      pane: paneOf(session, paneThere(row, session)),
      startedAt: row.startedAt ?? next.startedAt,
      exe: next.exe ?? row.exe,
      homeId: next.homeId ?? row.homeId,
    };
    return change(same, eventsOfChange(row, same, false));
  }
  if (!incumbent) return change(next, [{ kind: 'settled', of: next }]);
  if (incumbent.verdict === 'dead') return change(next, [endOf(incumbent, row), { kind: 'started', of: next }]);
  if (incumbent.verdict === 'unknown') return keep(`of its process ${row.pid}: ${incumbent.reason}`);
  if (incumbent.place === 'unseen') return keep(incumbent.reason);
  if (facts.otherName !== null) {
    const claim = claimEvidence(`its process is the session of ${facts.otherName} now`);
    const of = { ...row, evidence: [...incumbent.evidence, claim] };
    return change(next, [
      { kind: 'renamed', of },
      { kind: 'started', of: next },
    ]);
  }
  if (incumbent.place === 'home')
    return change(next, [
      { kind: 'replaced', of: { ...row, evidence: incumbent.evidence } },
      { kind: 'started', of: next },
    ]);
  // Two live processes for one name: the row's own, which is away, and the one in the home.
  const claim = `${row.pid} is away (${incumbent.reason}), and ${next.pid} is in its home`;
  return stayAmbiguous(row, [claimEvidence(claim), ...incumbent.evidence, ...next.evidence], next.observedAt);
}

/** Several processes claim the home, and the row's is none of them. */
function desireAmbiguous({ name, row, incumbent, observedAt }: NameFacts, session: Session): Desired {
  const nobody = ownerless(name, session, observedAt);
  if (!row || row.status === 'dead') return change(nobody, [{ kind: 'ambiguous', of: nobody }]);
  if (!incumbent) return change(nobody, eventsOfChange(row, nobody, false));
  if (incumbent.verdict === 'unknown') return keep(`of its process ${row.pid}: ${incumbent.reason}`);
  if (incumbent.verdict === 'alive') return stayAmbiguous(row, session.evidence, observedAt);
  return change(nobody, [endOf(incumbent, row), { kind: 'ambiguous', of: nobody }]);
}

/** Nobody owns the home, or it is not there. The row's process may live all the same. */
function desireWithoutSession(facts: NameFacts, row: RowFacts): Desired {
  const { incumbent, home, observedAt } = facts;
  if (!incumbent) {
    if (!home.isEmpty) return keep('several processes claimed its home, and it is not known to be empty');
    const evidence = [claimEvidence('none of the processes that claimed the home is in it any more')];
    return end({ ...row, evidence }, 'emptied', observedAt, true);
  }
  if (incumbent.verdict === 'unknown') return keep(incumbent.reason);
  if (incumbent.verdict === 'dead') {
    const { kind, of } = endOf(incumbent, row);
    return end({ ...row, evidence: of.evidence }, kind, observedAt, kind !== 'rebooted' && kind !== 'disowned');
  }
  if (facts.otherName !== null && home.there === 'unseen') {
    return keep(`its process is the session of ${facts.otherName} now, and no home of this look has its name`);
  }
  if (facts.otherName !== null) {
    const evidence = [...incumbent.evidence, claimEvidence(`its process is the session of ${facts.otherName} now`)];
    return end({ ...row, evidence }, 'renamed', observedAt);
  }
  if (!incumbent.session || incumbent.place === 'unseen') return keep(incumbent.reason);
  if (incumbent.place === 'elsewhere' && home.there === 'unseen') {
    return keep(`${incumbent.reason}, as far as can be seen: no home of this look has its name`);
  }
  const next = {
    ...rowOf(facts.name, incumbent.session, observedAt),
    pane: paneOf(incumbent.session, paneThere(row, incumbent.session)),
    startedAt: row.startedAt,
    homeId: row.homeId,
  };
  return change(next, eventsOfChange(row, next, incumbent.place === 'home_deleted'));
}

function endOf({ ending, evidence }: Fate, row: RowFacts): SessionEvent {
  const kind = ending === null || ending === 'exited' ? 'died' : ending;
  return { kind, of: { ...row, evidence } };
}

function end(row: RegistryRow, kind: EventKind, observedAt: Date, isDeath = false): Desired {
  const next: RegistryRow = { ...row, status: 'dead', observedAt, endedAt: observedAt };
  return { kind: 'row', row: next, events: [{ kind, of: next }], isDeath };
}

/** The row keeps naming its process, which lives, and says that others claim its place. */
function stayAmbiguous(row: RowFacts, evidence: RegistryRow['evidence'], observedAt: Date): Desired {
  const next: RegistryRow = { ...row, status: 'ambiguous', evidence, observedAt };
  return change(next, eventsOfChange(row, next, false));
}

function change(row: RegistryRow, events: readonly SessionEvent[]): Desired {
  return { kind: 'row', row, events, isDeath: false };
}

function keep(reason: string): Desired {
  return { kind: 'keep', reason };
}

function claimEvidence(value: string): RegistryRow['evidence'][number] {
  return { fact: 'ownership', source: 'registry', value, check: null };
}

/** What a row says of the pane that shows this terminal: another terminal is in another pane. */
function paneThere({ pane, terminal }: RowFacts, session: Session): string | null {
  return terminal === (session.terminal?.name ?? null) ? pane : null;
}

/** A session with one owner as a row. */
function rowOf(name: string, session: Session, observedAt: Date): RegistryRow {
  return {
    name,
    ...comparableOf(session, null),
    cwd: session.cwd && storedText(session.cwd),
    command: session.command && storedText(session.command),
    startedAt: session.startedAt,
    observedAt,
    endedAt: null,
    evidence: session.evidence,
  };
}

function ownerless(name: string, session: Session, observedAt: Date): RegistryRow {
  const nobody = { bootId: null, pid: null, startTimeTicks: null, exe: null };
  return { ...rowOf(name, session, observedAt), ...nobody, status: 'ambiguous', startedAt: null };
}
