import type { Choices, Knowledge } from './knowledge.ts';
import type { Answer, Decision, Outcome, Reading, Truth } from './model.ts';

/** What became of a decision, and whom it meant: null where nobody was chosen. */
export interface Judged {
  readonly outcome: Outcome;
  readonly session: string | null;
  readonly answer: Answer | null;
}

type Alive = Answer & { readonly status: 'alive' };

/** What one decision would have met, if it had been made of this reading, now. Nothing is sent to anybody. */
export function decide(decision: Decision, reading: Reading, choices: Choices, knows: Knowledge): Judged {
  if (decision === 'route') return route(reading, choices.route, knows);
  const session = choices[decision];
  const answer = aliveIn(reading, session);
  if (answer === null) return { outcome: withheld(decision, [knows.now(session)]), session, answer };
  const outcome = decision === 'nudge' ? typed(session, answer, knows) : signalled(session, answer, knows);
  return { outcome, session, answer };
}

function route(reading: Reading, preferred: readonly string[], knows: Knowledge): Judged {
  for (const session of preferred) {
    const answer = aliveIn(reading, session);
    if (answer?.pane) return { outcome: typed(session, answer, knows), session, answer };
  }
  const truths = preferred.map((session) => knows.now(session));
  return { outcome: withheld('route', truths), session: null, answer: null };
}

function typed(session: string, { pane }: Alive, knows: Knowledge): Outcome {
  if (pane === null) return withheld('nudge', [knows.now(session)]);
  const occupant = knows.occupantOf(pane);
  if (occupant === null) return 'failed';
  if (occupant !== session) return 'wrong target';
  return reads(knows.now(session)) ? 'right' : 'failed';
}

function signalled(session: string, { process: named }: Alive, knows: Knowledge): Outcome {
  if (named === null) return withheld('signal', [knows.now(session)]);
  const holder = knows.holderOf(named);
  if (holder === null) return 'failed';
  // The kernel delivers to what hangs too.
  return holder === session ? 'right' : 'wrong target';
}

/** Nothing was done: rightly, if nobody could have taken it. */
function withheld(decision: Decision, truths: readonly Truth[]): Outcome {
  const could = decision === 'signal' ? (truth: Truth) => truth.status === 'alive' : reads;
  return truths.some(could) ? 'missed' : 'withheld';
}

function reads(truth: Truth): boolean {
  return truth.status === 'alive' && truth.responsive && truth.pane !== null;
}

function aliveIn(reading: Reading, session: string): Alive | null {
  const answer = 'answers' in reading ? reading.answers.get(session) : undefined;
  return answer?.status === 'alive' ? answer : null;
}
