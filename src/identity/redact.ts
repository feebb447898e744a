import { type ByteString, basename } from '../model/text.ts';
import { isInterpreter, scriptArgument } from './interpreter.ts';

const REDACTED = 'redacted';
/** An option's name: what follows it, or is glued to it, may be a secret. */
const OPTION_NAME = /^(?:--[A-Za-z][\w-]*|-[A-Za-z])/;

/**
 * Takes out of a command line everything that can be a secret, and leaves what a program is recognised by: its name,
 * the names of its options, and the script of an interpreter.
 */
export function redactArgv(argv: readonly ByteString[]): ByteString[] {
  const [program = ''] = argv;
  const name = basename(program).replace(/^-/, '');
  const found = isInterpreter(name) ? scriptArgument(argv, name) : null;
  const script = found?.certain ? found.index : null;
  return argv.map((argument, index) => {
    if (index === 0) return redactTitle(argument);
    if (index === script) return argument;
    if (argument === '-m' && script === index + 1) return argument;
    const option = OPTION_NAME.exec(argument)?.[0];
    if (option === undefined) return argument === '--' ? argument : REDACTED;
    return option === argument ? argument : `${option}=${REDACTED}`;
  });
}

/** What says who a program is ends at a blank of any kind, and before an address or a value. */
const END_OF_NAME = /\s|:\/\/|(?<=^\w+)=/;

/** A program may write its whole command line over its name, as npm does: one word says who it is. */
function redactTitle(title: ByteString): ByteString {
  const end = title.search(END_OF_NAME);
  return end === -1 ? title : `${title.slice(0, end)} ${REDACTED}`;
}
