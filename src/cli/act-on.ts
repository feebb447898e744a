import { requireSessions } from '../model/require-sessions.ts';
import type { Session } from '../model/session.ts';
import { type Call, type Look, type LookOptions, look } from './call.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { isOneOf } from './names.ts';
import { noteCoverage } from './notes.ts';
import { isAbsence, oneSession } from './one-session.ts';

/** The session that somebody wants to act on, and the look that has found it. */
export interface Found extends Look {
  readonly session: Session & { readonly pid: number };
  /** Which programs are sessions. */
  readonly commands: readonly string[];
}

/**
 * Finds the one session of a name, with all that an act verifies it by. Where there is no such one, that is told.
 * @param what needs homes and commands, for the error: `nudges`
 * @returns the session, or the code to end with
 */
export async function findToAct(
  call: Call,
  name: string,
  what: string,
  options: LookOptions = {},
): Promise<Found | ExitCode> {
  const asked = { ...options, proveAbsence: isOneOf([name]), identifyPrograms: true };
  const found = await look(call, asked, (settings) => void requireSessions(settings, what));
  const session = sessionOrTell(call, found, name);
  return typeof session === 'number' ? session : { ...found, session, commands: requireSessions(found.settings, what) };
}

/** The one session of a name in a look; or the code to end with, when it was told why there is no such one. */
export function sessionOrTell({ output }: Call, found: Look, name: string): Found['session'] | ExitCode {
  const session = oneSession(found, name);
  if (!isAbsence(session)) return session;
  output.problem(session);
  if (session.exit === EXIT.blind) noteCoverage(output, found.snapshot.coverage);
  return session.exit;
}
