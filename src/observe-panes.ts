import type { Machine } from './kernel/machine.ts';
import type { IncumbentReport } from './model/incumbent.ts';
import type { Session } from './model/session.ts';
import type { HomeReport } from './model/snapshot.ts';
import { type RunClient, runClient } from './panes/client.ts';
import { paneEvidence } from './panes/evidence.ts';
import { PaneFinder } from './panes/finder.ts';

/** All places of a look where a session stands. */
interface WithSessions {
  readonly sessions: readonly Session[];
  readonly homes: readonly HomeReport[];
  readonly incumbents: readonly IncumbentReport[];
}

/**
 * The same look, with the pane that shows each session's terminal, and how it was found. A recorded machine has no servers
 * that could be asked: of its panes nothing is said.
 */
export async function withPanes<T extends WithSessions>(
  found: T,
  { procfs, isLive }: Machine,
  asked: true | RunClient,
): Promise<T> {
  if (!isLive) return found;
  const finder = new PaneFinder({ procfs, run: asked === true ? runClient : asked });
  return mapSessions(found, async (session) => {
    const sight = session.verdict === 'alive' ? await finder.find(session) : null;
    if (sight === null) return session;
    const { listed: _listed, ...pane } = sight;
    return { ...session, pane, evidence: [...session.evidence, ...paneEvidence(pane)] };
  });
}

/** A session stands at several places: it is worked out once, and stays one. */
async function mapSessions<T extends WithSessions>(found: T, map: (session: Session) => Promise<Session>): Promise<T> {
  const done = new Map<Session, Promise<Session>>();
  const mapped = (session: Session) => {
    const again = done.get(session) ?? map(session);
    done.set(session, again);
    return again;
  };
  const maybe = async <R extends { readonly session: Session | null }>(report: R): Promise<R> => {
    return report.session ? { ...report, session: await mapped(report.session) } : report;
  };
  return {
    ...found,
    sessions: await Promise.all(found.sessions.map(mapped)),
    homes: await Promise.all(found.homes.map(maybe)),
    incumbents: await Promise.all(found.incumbents.map(maybe)),
  };
}
