import type { Answer, Decision, Outcome, Reading, Truth } from './model.ts';
import type { Tick, TruthBook } from './world/contract.ts';

/** What became of a decision, and whom it meant: null where nobody was chosen. */
export interface Judged {
  readonly outcome: Outcome;
  readonly session: string | null;
  readonly answer: Answer | null;
}

type Alive = Answer & { readonly status: 'alive' };

/** What one decision would have met, if it had been made of this reading, now. Nothing is sent to anybody. */
export function decide(decision: Decision, tick: Tick, sessions: readonly string[], truth: TruthBook): Judged {
  if (decision === 'route') return route(tick, sessions, truth);
  const session = tick[decision];
  const answer = aliveIn(tick.reading, session);
  if (answer === null) return { outcome: withheld(decision, [truth.now(session)]), session, answer };
  const outcome = decision === 'nudge' ? typed(session, answer, truth) : signalled(session, answer, truth);
  return { outcome, session, answer };
}

/** The first that the system calls alive, and has a pane of, from a random one on: so all systems that agree choose alike. */
function route({ reading, route: chance }: Tick, sessions: readonly string[], truth: TruthBook): Judged {
  const first = Math.floor(chance * sessions.length);
  for (const session of [...sessions.slice(first), ...sessions.slice(0, first)]) {
    const answer = aliveIn(reading, session);
    if (answer?.pane) return { outcome: typed(session, answer, truth), session, answer };
  }
  const truths = sessions.map((session) => truth.now(session));
  return { outcome: withheld('route', truths), session: null, answer: null };
}

function typed(session: string, { pane }: Alive, truth: TruthBook): Outcome {
  if (pane === null) return withheld('nudge', [truth.now(session)]);
  const occupant = truth.occupantOf(pane);
  if (occupant === null) return 'failed';
  if (occupant === 'other' || occupant.session !== session) return 'wrong target';
  return reads(truth.now(session)) ? 'right' : 'failed';
}

function signalled(session: string, { process: named }: Alive, truth: TruthBook): Outcome {
  if (named === null) return withheld('signal', [truth.now(session)]);
  const holder = truth.holderOf(named);
  if (holder === null) return 'failed';
  // The kernel delivers to what hangs too.
  return holder !== 'other' && holder.session === session ? 'right' : 'wrong target';
}

/** Nothing was done: rightly, if nobody could have taken it. */
function withheld(decision: Decision, truths: readonly Truth[]): Outcome {
  const could = decision === 'signal' ? (it: Truth) => it.status === 'alive' : reads;
  return truths.some(could) ? 'missed' : 'withheld';
}

function reads(truth: Truth): boolean {
  return truth.status === 'alive' && truth.responsive && truth.pane !== null;
}

function aliveIn(reading: Reading, session: string): Alive | null {
  const answer = 'answers' in reading ? reading.answers.get(session) : undefined;
  return answer?.status === 'alive' ? answer : null;
}
