import { type Command, Option } from 'commander';
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

/** The options of every command, as they are for this one: with the formats that it knows, and without them if none. */
export function optionsOfAll(command: Command): Option[] {
  const formats = formatsOf(command);
  return (command.parent?.options ?? []).flatMap((option) => {
    if (option.long === '--json') return formats.includes('json') ? [option] : [];
    if (option.long !== '--output') return [option];
    return formats.length === 0 ? [] : [new Option(option.flags, option.description).choices(formats)];
  });
}
