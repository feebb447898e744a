import type { Command } from 'commander';
import type { Format } from './call.ts';

/** What most commands can write: a table or sentences, lines, and one object. */
const USUAL: readonly Format[] = ['table', 'tsv', 'json'];

const KNOWN = new WeakMap<Command, readonly Format[]>();

/** Says which formats a command can write; none: it has one way of answering, and takes no `-o`. */
export function knowsFormats(command: Command, formats: readonly Format[]): Command {
  KNOWN.set(command, formats);
  return command;
}

/** Which formats a command can write: another one is refused, and never taken for one of them. */
export function formatsOf(command: Command): readonly Format[] {
  return KNOWN.get(command) ?? USUAL;
}
