import { type ByteString, basename } from '../model/text.ts';
import { isInterpreter, scriptIndex } from './program.ts';

const REDACTED = 'redacted';
/** A file or a module. Program text that follows combined short options (`-uc`) looks otherwise. */
const PLAIN_NAME = /^[\w@./+-]{1,255}$/;
/** An option's name: what follows it, or is glued to it, may be a secret. */
const OPTION_NAME = /^(?:--[A-Za-z][\w-]*|-[A-Za-z])/;

/**
 * Takes out of a command line everything that can be a secret, and leaves what a program is recognised by: its name,
 * the names of its options, and the script of an interpreter.
 */
export function redactArgv(argv: readonly ByteString[]): ByteString[] {
  const [program = ''] = argv;
  const name = basename(program).replace(/^-/, '');
  const script = isInterpreter(name) ? scriptIndex(argv, name) : null;
  return argv.map((argument, index) => {
    if (index === 0) return redactTitle(argument);
    if (index === script) return isScript(argument, argv[index - 1] ?? '') ? argument : REDACTED;
    if (argument === '-m' && script === index + 1) return argument;
    const option = OPTION_NAME.exec(argument)?.[0];
    if (option === undefined) return argument === '--' ? argument : REDACTED;
    return option === argument ? argument : `${option}=${REDACTED}`;
  });
}

/** Behind an option it may be that one's value, and then only a path or a script's ending says that it is none. */
function isScript(argument: ByteString, before: ByteString): boolean {
  if (!PLAIN_NAME.test(argument)) return false;
  return !before.startsWith('-') || before === '-m' || /\/|\.(?:[cm]?[jt]sx?|py|rb|pl)$/.test(argument);
}

/** A program may write its whole command line over its name, as npm does: one word says who it is. */
function redactTitle(title: ByteString): ByteString {
  const [first = '', ...rest] = title.split(' ');
  return rest.length === 0 ? title : `${first} ${REDACTED}`;
}
