import type { EventEmitter } from 'node:events';
import type { Command } from 'commander';
import { SIGNAL_WORDS } from '../../src/act/signal-names.ts';
import { type CommandShape, type OptionShape, type Shape, shapeOf } from '../../src/cli/completion/shape.ts';
import { EXIT_CODES_HELP } from '../../src/cli/exit-codes.ts';
import { Output } from '../../src/cli/output.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { addRelationCommands } from '../../src/cli/relation-commands.ts';
import { wordLists } from '../../src/cli/word-lists.ts';

/** The command line as it is: its shape, and what its help says below the options. */
export interface CommandLine {
  readonly shape: Shape;
  readonly summary: string;
  /** What stands below the options of a command's help; of plumb's own without a name. */
  readonly below: (name?: string) => string;
  readonly exitCodes: string;
  readonly examples: string;
}

/** Builds the commands, all of them, as `plumb --help` has them. */
export function readCommandLine(): CommandLine {
  const output = new Output(false);
  const program = buildProgram(output, () => {});
  addRelationCommands(program, output, () => {});
  const shape = shapeOf(program, { signals: SIGNAL_WORDS, lists: wordLists() });
  const below = (name?: string) => {
    const command = name === undefined ? program : program.commands.find((it) => it.name() === name);
    return command ? textOf(command, 'afterHelp') : '';
  };
  const examples = textOf(program, 'beforeHelp');
  return { shape, summary: program.description(), below, exitCodes: EXIT_CODES_HELP, examples };
}

/** commander tells it to whoever writes help. */
function textOf(command: Command, event: 'beforeHelp' | 'afterHelp'): string {
  const texts: string[] = [];
  // It is one; its types leave that out.
  (command as unknown as EventEmitter).emit(event, {
    error: false,
    command,
    write: (text: string) => texts.push(text),
  });
  return texts.join('').replace(/^\n+|\s+$/g, '');
}

/** `plumb show <name>`. */
export function usageOf({ name, arguments: words }: CommandShape): string {
  const args = words.map((it) => {
    const word = `${it.name}${it.variadic ? '...' : ''}`;
    return it.required ? `<${word}>` : `[${word}]`;
  });
  return ['plumb', name, ...args].join(' ');
}

/** What is said of an option, with the words that it takes. */
export function docOf({ doc, long, value }: OptionShape): string {
  if (value?.completes.kind !== 'words' || long === '--transport' || long === '--for') return doc;
  return `${doc}: ${value.completes.words.join(', ')}`;
}
