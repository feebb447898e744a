import type { ProcessFacts } from '../model/process.ts';
import { type ByteString, basename } from '../model/text.ts';
import { isInterpreter, scriptArgument, withoutEnding } from './interpreter.ts';

/** The names by which a running program can be recognised. */
export interface Program {
  readonly comm: ByteString;
  /** The program file's name, else what the program was called as, else comm. */
  readonly file: ByteString;
  /** The first argument's base name, without a login shell's dash; null where there are no arguments. */
  readonly calledAs: ByteString | null;
  /** What an interpreter was given to run: the script's base name, or the module; null for other programs. */
  readonly script: ByteString | null;
  /**
   * What may be the script, and may as well be the value of an option, a secret: compared with the configured
   * commands, and never shown. Null where the script is known.
   */
  readonly maybeScript: ByteString | null;
}

/** Works out under which names a process may be known. */
export function programOf(facts: Pick<ProcessFacts, 'stat' | 'argv' | 'exe'>): Program {
  const argv = facts.argv.kind === 'value' ? facts.argv.value : [];
  const comm = facts.stat.comm;
  const calledAs = argv[0] ? basename(argv[0]).replace(/^-/, '') : null;
  const exe = facts.exe.kind === 'value' ? basename(facts.exe.value.path).replace(/ \(deleted\)$/, '') : null;
  // A program may write a whole title over its name, and only the first word of that is one.
  const file = exe ?? calledAs?.split(' ', 1)[0] ?? comm;
  const interpreter = [file, calledAs].find((name) => name !== null && isInterpreter(name)) ?? null;
  const found = interpreter === null ? null : scriptArgument(argv, interpreter);
  const name = found && basename(argv[found.index] as ByteString);
  return { comm, file, calledAs, script: found?.certain ? name : null, maybeScript: found?.certain ? null : name };
}

/** What to call the program in a list: the script of an interpreter, else its own name. */
export function displayName(program: Program): ByteString {
  if (program.script) return program.script;
  return isInterpreter(program.file) ? program.comm : program.file;
}

/** The names that a command may be, longest known first; a script also without its ending. */
export function namesOf(program: Program): ByteString[] {
  const names = [program.file, program.comm];
  if (program.calledAs) names.push(program.calledAs);
  const script = program.script ?? program.maybeScript;
  if (script) names.push(script, withoutEnding(script));
  return names;
}

/** The script as it may be shown: one that is not certain only where a command says that it is one. */
export function shownScript({ script, maybeScript }: Program, command: ByteString | null): ByteString | null {
  if (script !== null || maybeScript === null || command === null) return script;
  return command === maybeScript || command === withoutEnding(maybeScript) ? maybeScript : null;
}
