import { readActivity } from '../../act/activity.ts';
import type { ToldActivity } from '../../model/activity.ts';
import { PlumblineError } from '../../model/errors.ts';
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
  const told = sessions
    .filter(({ verdict }) => verdict === 'alive')
    .map(async (session) => [session, await activityOf(session, commands)] as const);
  return new Map(await Promise.all(told));
}

/** A session that cannot be looked into is shown all the same: of what it does, only this is not known. */
async function activityOf(session: Session, commands: readonly string[] | null): Promise<ToldActivity> {
  try {
    const activity = await readActivity(session, { commands });
    return isRefusal(activity) ? unknown(activity.message) : activity;
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return unknown(error.message);
    throw error;
  }
}

function unknown(reason: string): ToldActivity {
  return { state: 'unknown', reason, idleSeconds: null, facts: null, evidence: [] };
}
