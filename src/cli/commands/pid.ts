import { type Call, look } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explainAbsence, isOneOf, meant, nameWord } from '../names.ts';
import { describeAmbiguous, noteCoverage } from '../notes.ts';
import { escapeCell } from '../render/escape.ts';

/** `plumb pid NAME`: the pid of the one process that is this session, or nothing. */
export async function pid(call: Call, name: string): Promise<ExitCode> {
  const found = await look(call, { proveAbsence: isOneOf([name]) });
  const { output } = call;
  const isMeant = meant(found.snapshot, name);
  const sessions = found.snapshot.sessions.filter((session) => isMeant(session.name));
  const [session, ...others] = sessions;
  if (!session) {
    const absence = explainAbsence(found, name);
    output.problem(absence);
    if (absence.exit === EXIT.blind) {
      noteCoverage(output, found.snapshot.coverage);
    }
    return absence.exit;
  }
  if (others.length > 0) {
    const who = sessions.map((it) => `${it.pid ?? 'unknown'} on ${it.terminal?.name ?? 'no terminal'}`).join(', ');
    const message = `${sessions.length} terminals are labelled ${escapeCell(session.name)}: ${who}`;
    output.problem({ code: 'ambiguous', message, hint: "homes make names unique: --home '/srv/agents/*'" });
    return EXIT.no;
  }
  if (session.verdict === 'ambiguous') {
    const hint = `plumb show ${nameWord(session.name)} has the evidence`;
    output.problem({ code: 'ambiguous', message: describeAmbiguous(session), hint });
    return EXIT.no;
  }
  if (session.pid === null) {
    output.problem({ code: 'unseen', message: `what runs on ${escapeCell(session.name)} is unknown`, hint: '' });
    return EXIT.blind;
  }
  output.data(`${session.pid}\n`);
  return EXIT.ok;
}
