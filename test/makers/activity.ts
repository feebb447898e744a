import { readActivity } from '../../src/act/activity.ts';
import type { Activity } from '../../src/model/activity.ts';
import { isRefusal, type Refusal } from '../../src/model/refusal.ts';
import type { Session } from '../../src/model/session.ts';
import { observe } from '../../src/observe.ts';
import { isOn } from './on-terminal.ts';
import type { Terminal } from './terminal.ts';
import { undisturbed } from './undisturbed.ts';

/** The session on a terminal, as a look without configuration tells it. */
export async function sessionOn(terminal: Pick<Terminal, 'name' | 'dev'>): Promise<Session> {
  const { sessions } = await undisturbed(['churn', 'unstable'], () => observe({ identifyPrograms: true }));
  const session = sessions.find(isOn(terminal));
  if (!session) throw new Error(`no session on ${terminal.name}`);
  return session;
}

/** What the session on a terminal seems to be doing. */
export async function activityOn(terminal: Pick<Terminal, 'name' | 'dev'>, windowMs?: number): Promise<Activity> {
  return toldActivity(await readActivity(await sessionOn(terminal), { commands: null, ...(windowMs && { windowMs }) }));
}

/** An activity that was not refused. */
export function toldActivity(result: Activity | Refusal): Activity {
  if (isRefusal(result)) throw new Error(`refused: ${result.reason}: ${result.message}`);
  return result;
}
