import { PlumblineError } from '../model/errors.ts';
import { storedText } from '../registry/stored-text.ts';
import { escapeField, escapeMessage } from './render/escape.ts';

/**
 * Which of the names that a registry holds somebody meant who typed this: the name itself, or as it is stored, or as
 * any output of ours has printed it; null where it is none of them.
 * @throws {PlumblineError} `usage` where two are meant: neither may be guessed
 */
export function meantStored(stored: Iterable<string>, typed: string): string | null {
  const [first = null, second] = [...new Set(stored)].filter((name) => isCalled(name, typed));
  if (second === undefined) return first;
  throw new PlumblineError('usage', `two are meant by ${typed}: one is called so, and another is printed so`, {
    hint: 'leave the name out, and take the right one from the JSON (-o json)',
  });
}

function isCalled(name: string, typed: string): boolean {
  const printed = [name, escapeMessage(name), escapeField({ text: name, base64: null })];
  return name === storedText({ text: typed, base64: null }) || printed.includes(typed);
}
