import { readActivities } from '../../act/activity.ts';
import type { ToldActivity } from '../../model/activity.ts';
import { isRefusal } from '../../model/refusal.ts';
import type { Session } from '../../model/session.ts';

/**
 * What each session seems to be doing; all are looked at in the same moment. A session without a single process does
 * nothing that could be told, and is left out.
 * @param commands as the look was asked
 */
export async function activitiesOf(
  sessions: readonly Session[],
  commands: readonly string[] | null,
): Promise<ReadonlyMap<Session, ToldActivity>> {
  const alive = sessions.filter(({ verdict }) => verdict === 'alive');
  const told = await readActivities(alive, { commands });
  // A session that cannot be looked into is shown all the same: of what it does, only this is not known.
  return new Map(told.map(([session, it]) => [session, isRefusal(it) ? unknown(it.message) : it]));
}

function unknown(reason: string): ToldActivity {
  return { state: 'unknown', reason, idleSeconds: null, facts: null, evidence: [] };
}
