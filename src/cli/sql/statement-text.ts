import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';
import { standardInput } from '../standard-input.ts';

/** Longer than anybody writes; it has to be held. */
const MOST_BYTES = 16 << 20;

/**
 * The statements that are asked: the argument, or what stands on stdin where that is `-` or there is none.
 * @param tables for whoever did not know what to ask
 * @throws {PlumblineError} `usage` where nothing is asked
 */
export function statementText(argument: string | null, tables: readonly string[]): string {
  const hint = `for example: plumb sql 'select name, pid, cwd from sessions'; tables: ${tables.join(', ')}`;
  // Nobody types at a device: a terminal, or /dev/null.
  if (argument === null && fs.fstatSync(0).isCharacterDevice()) {
    throw new PlumblineError('usage', 'no statement is given', { hint });
  }
  const text = argument === null || argument === '-' ? statementOnStdin() : checked(argument);
  if (text.trim() !== '') return text;
  throw new PlumblineError('usage', 'the statement is empty', { hint });
}

function statementOnStdin(): string {
  const bytes = standardInput(MOST_BYTES);
  if (bytes === null) {
    throw new PlumblineError('usage', `stdin holds more than ${MOST_BYTES} bytes, which are the most`, {
      hint: 'ask in several calls',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PlumblineError('usage', 'the statement on stdin is not UTF-8', { hint: 'iconv -t UTF-8', cause: error });
  }
}

/** Node puts U+FFFD where an argument is not UTF-8, and another statement would be asked than was typed. */
function checked(argument: string): string {
  if (!argument.includes('\uFFFD')) return argument;
  throw new PlumblineError('usage', 'the statement holds U+FFFD, which stands for bytes that are not UTF-8', {
    hint: "such a byte of a name is \\xHH in text columns: name = E'a\\\\xFF'",
  });
}
