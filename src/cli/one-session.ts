import type { Session } from '../model/session.ts';
import type { Look } from './call.ts';
import { EXIT } from './exit-codes.ts';
import { type Absence, explainAbsence, meant, nameWord } from './names.ts';
import { describeAmbiguous } from './notes.ts';
import { escapeCell } from './render/escape.ts';

/** The one session that somebody means by a name, with the one process that it is; or why there is no such one. */
export function oneSession(found: Look, name: string): (Session & { readonly pid: number }) | Absence {
  const isMeant = meant(found.snapshot, name);
  const sessions = found.snapshot.sessions.filter((session) => isMeant(session.name));
  const [session, ...others] = sessions;
  if (!session) return explainAbsence(found, name);
  if (others.length > 0) {
    const who = sessions.map((it) => `${it.pid ?? 'unknown'} on ${it.terminal?.name ?? 'no terminal'}`).join(', ');
    const message = `${sessions.length} terminals are labelled ${escapeCell(session.name)}: ${who}`;
    return { exit: EXIT.no, code: 'ambiguous', message, hint: "homes make names unique: --home '/srv/agents/*'" };
  }
  if (session.verdict === 'ambiguous') {
    const hint = `plumb show ${nameWord(session.name)} has the evidence`;
    return { exit: EXIT.no, code: 'ambiguous', message: describeAmbiguous(session), hint };
  }
  if (session.pid === null) {
    const message = `what runs on ${escapeCell(session.name)} is unknown`;
    return { exit: EXIT.blind, code: 'unseen', message, hint: '' };
  }
  return { ...session, pid: session.pid };
}

/** Whether there is none. */
export function isAbsence(found: Session | Absence): found is Absence {
  return 'exit' in found;
}
