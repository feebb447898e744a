import type { Refusal, RefusalReason } from '../model/refusal.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output, ProblemDetail } from './output.ts';

/** Where it is not the answer that is no, but we who lack something. */
const BLIND: ReadonlySet<RefusalReason> = new Set(['denied', 'unseen', 'unsupported']);

/** Says why an act was not done, and what to end with. */
export function refused(output: Output, refusal: Refusal, detail?: ProblemDetail): ExitCode {
  output.problem({ code: refusal.reason, message: refusal.message, hint: refusal.hint }, detail);
  return BLIND.has(refusal.reason) ? EXIT.blind : EXIT.no;
}
