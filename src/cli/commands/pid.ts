import { sessionOrTell } from '../act-on.ts';
import { type Call, look } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isOneOf } from '../names.ts';

/** `plumb pid NAME`: the pid of the one process that is this session, or nothing. */
export async function pid(call: Call, name: string): Promise<ExitCode> {
  const found = await look(call, { proveAbsence: isOneOf([name]) });
  const { output } = call;
  const session = sessionOrTell(call, found, name);
  if (typeof session === 'number') return session;
  output.data(`${session.pid}\n`);
  return EXIT.ok;
}
