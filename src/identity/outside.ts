import type { ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import type { CommandRule } from './commands.ts';
import { isInterpreter } from './interpreter.ts';
import { programOf } from './program.ts';

/**
 * Whether a process can be a session as far as the names of its program and of itself tell. An interpreter may run
 * anything, and so may a program whose name is not known.
 */
export function mayBeByName(it: ProcessStat & { readonly exeName: ByteString | null }, commands: CommandRule): boolean {
  if (!commands.matchesDetached && it.ttyNr === 0) return false;
  const { exeName } = it;
  if (exeName === null || isInterpreter(exeName) || commands.worthReading(it)) return true;
  const argv = { kind: 'denied', errno: 'EACCES' } as const;
  const exe = { kind: 'value', value: { path: exeName, file: null } } as const;
  return commands.match(programOf({ stat: it, argv, exe })) !== null;
}
