import { type Call, look } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isOneOf } from '../names.ts';
import { noteCoverage } from '../notes.ts';
import { isAbsence, oneSession } from '../one-session.ts';

/** `plumb pid NAME`: the pid of the one process that is this session, or nothing. */
export async function pid(call: Call, name: string): Promise<ExitCode> {
  const found = await look(call, { proveAbsence: isOneOf([name]) });
  const { output } = call;
  const session = oneSession(found, name);
  if (isAbsence(session)) {
    output.problem(session);
    if (session.exit === EXIT.blind) noteCoverage(output, found.snapshot.coverage);
    return session.exit;
  }
  output.data(`${session.pid}\n`);
  return EXIT.ok;
}
