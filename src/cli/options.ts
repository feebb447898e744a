import { type Command, Option } from 'commander';
import { PlumblineError } from '../model/errors.ts';
import type { Call, Format } from './call.ts';
import type { Output } from './output.ts';

/** What commander makes of the options below. */
interface Parsed {
  readonly home?: readonly string[];
  readonly command?: readonly string[];
  readonly terminal?: 'required' | 'optional';
  readonly config?: string;
  readonly hostId?: string;
  readonly db?: string;
  readonly output?: Format;
  readonly json?: true;
  readonly headings: boolean;
  readonly color: boolean;
}

/** Adds the options of every command to the program, so that they may stand before the command as well as behind it. */
export function addOptions(program: Command): Command {
  return program
    .option('--home <pattern>', "where sessions live: '/srv/agents/*', or NAME=PATH (repeatable)", collect)
    .option('--command <name>', 'a program that is a session: claude, or * for any (repeatable)', collect)
    .addOption(new Option('--terminal <rule>', 'whether a session needs a terminal').choices(['required', 'optional']))
    .option('--config <file>', 'the configuration file')
    .option('--host-id <id>', 'the name of this machine in the answer; else its machine-id')
    .addOption(new Option('-o, --output <format>', 'how to write the answer').choices(['table', 'tsv', 'json']))
    .addOption(new Option('--json', 'the same as -o json').conflicts('output'))
    .option('--no-headings', 'a table without its first line')
    .option('--no-color', 'no colours');
}

/** Adds the options of the commands that know the registry. */
export function addRegistryOptions(command: Command): Command {
  return command.option('--db <url>', 'the Postgres that holds the registry; else it is embedded');
}

/** The call that the options describe, wherever they stood. */
export function callOf(command: Command, output: Output): Call {
  const parsed = command.optsWithGlobals<Parsed>();
  return {
    flags: {
      homes: parsed.home ?? null,
      commands: parsed.command ?? null,
      terminal: parsed.terminal ?? null,
      config: parsed.config ?? null,
      hostId: parsed.hostId ?? null,
      db: parsed.db ?? null,
    },
    format: parsed.json ? 'json' : (parsed.output ?? null),
    headings: parsed.headings,
    color: parsed.color,
    output,
  };
}

/** The same for a command that knows one way of answering: an option that would do nothing is a mistake. */
export function plainCallOf(command: Command, output: Output): Call {
  const call = callOf(command, output);
  if (call.format === null) return call;
  throw new PlumblineError('usage', `plumb ${command.name()} has one format, and -o does not change it`, {
    hint: 'plumb list and plumb show take -o',
  });
}

/** Whether errors are to be JSON, asked before the arguments are parsed: they may be what is wrong. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.some((arg, index) => {
    const value = /^(?:-o=?|--output=)(.+)$/.exec(arg)?.[1];
    const isNext = (arg === '-o' || arg === '--output') && options[index + 1] === 'json';
    return arg === '--json' || value === 'json' || isNext;
  });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
