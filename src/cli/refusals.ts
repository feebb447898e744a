import type { Refusal, RefusalReason } from '../model/refusal.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** What is no fact about the session: more rights, better sight or another kernel would make it possible. */
const BLIND: readonly RefusalReason[] = ['denied', 'unseen', 'unsupported'];

/** Tells why an act was not done, and says what to end with. */
export function tellRefusal(output: Pick<Output, 'problem'>, { reason, message, hint }: Refusal): ExitCode {
  output.problem({ code: reason, message, hint });
  return BLIND.includes(reason) ? EXIT.blind : EXIT.no;
}
