import { type Command, Option } from 'commander';
import type { TableWords } from '../config/table-mapping.ts';
import { PlumblineError } from '../model/errors.ts';
import { SOURCE_CHOICES, type SourceChoice } from '../model/look-source.ts';
import { type Call, FORMATS, type Format, ROW_FORMATS } from './call.ts';
import { formatsOf, knowsFormats } from './formats.ts';
import type { Output } from './output.ts';

/** What commander makes of the options below. */
interface Parsed {
  readonly home?: readonly string[];
  readonly command?: readonly string[];
  readonly terminal?: 'required' | 'optional';
  readonly config?: string;
  readonly source?: SourceChoice;
  readonly hostId?: string;
  readonly db?: string;
  readonly table?: string;
  readonly key?: string;
  readonly pid?: string;
  readonly tty?: string;
  readonly pane?: string;
  readonly host?: string;
  readonly status?: string;
  readonly alive?: readonly string[];
  readonly dead?: readonly string[];
  readonly column?: readonly string[];
  readonly thisHost?: true;
  readonly insert?: true;
  readonly output?: Format;
  readonly json?: true;
  readonly columns?: string;
  readonly headings: boolean;
  readonly color: boolean;
}

/** Adds the options of every command to the program, so that they may stand before the command as well as behind it. */
export function addOptions(program: Command): Command {
  return program
    .option('--home <pattern>', "where sessions live: '/srv/agents/*', or NAME=PATH (repeatable)", collect)
    .option('--command <name>', 'a program that is a session: claude, or * for any (repeatable)', collect)
    .addOption(new Option('--terminal <rule>', 'whether a session needs a terminal').choices(['required', 'optional']))
    .addOption(
      new Option('--source <source>', 'what processes are read from: /proc, or the BPF iterator').choices(
        SOURCE_CHOICES,
      ),
    )
    .option('--config <file>', 'the configuration file')
    .option('--host-id <id>', 'the name of this machine in the answer; else its machine-id')
    .addOption(new Option('-o, --output <format>', 'how to write the answer').choices(FORMATS))
    .addOption(new Option('--json', 'the same as -o json').conflicts('output'))
    .option('--no-headings', 'a table without its first line')
    .option('--no-color', 'no colours');
}

/** Adds the option of the commands whose answer is rows with named columns, which know every format therefore. */
export function addColumnsOption(command: Command): Command {
  return knowsFormats(command, ROW_FORMATS).option('--columns <names>', 'these columns, in this order: a,b,c');
}

/** Adds the options of the commands that know the registry. */
export function addRegistryOptions(command: Command): Command {
  return command.option('--db <url>', 'the Postgres that holds the registry; else it is embedded');
}

/** Adds the options that say how somebody else's table holds the rows. */
export function addTableOptions(command: Command): Command {
  return command
    .option('--table <name>', "somebody else's table, as SQL names it: public.agents")
    .option('--key <column>', "its column that holds the session's name")
    .option('--pid <column>', 'the column of the pid')
    .option('--tty <column>', 'the column of the terminal')
    .option('--pane <column>', 'the column of the pane')
    .option('--host <column>', 'the column of the host id')
    .option('--status <column>', 'the column that says whether a session lives')
    .option('--alive <value>', 'what it says then; the first is written (repeatable)', collect)
    .option('--dead <value>', 'what it says of one that has ended (repeatable)', collect)
    .option('--column <kind=column>', 'cwd, command, started_at, ended_at, observed_at (repeatable)', collect)
    .option('--this-host', 'rows that name no host are of this machine');
}

/**
 * The call that the options describe, wherever they stood.
 * @throws {PlumblineError} `usage` for a format that the command does not know
 */
export function callOf(command: Command, output: Output): Call {
  const parsed = command.optsWithGlobals<Parsed>();
  const format = parsed.json ? 'json' : (parsed.output ?? null);
  const known = formatsOf(command);
  if (format !== null && !known.includes(format)) throw unknownFormat(command, format, known);
  return {
    flags: {
      homes: parsed.home ?? null,
      commands: parsed.command ?? null,
      terminal: parsed.terminal ?? null,
      source: parsed.source ?? null,
      config: parsed.config ?? null,
      hostId: parsed.hostId ?? null,
      db: parsed.db ?? null,
      table: tableOf(parsed),
    },
    format,
    columns: parsed.columns ?? null,
    headings: parsed.headings,
    color: parsed.color,
    output,
  };
}

function unknownFormat(command: Command, format: Format, known: readonly Format[]): PlumblineError {
  if (known.length === 0) {
    return new PlumblineError('usage', `plumb ${command.name()} has one format, and -o does not change it`, {
      hint: 'plumb list and plumb show take -o',
    });
  }
  return new PlumblineError('usage', `plumb ${command.name()} has no format ${format}`, {
    hint: `-o ${known.join(', -o ')}`,
  });
}

/** Whether errors are to be JSON, asked before the arguments are parsed: they may be what is wrong. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.some((arg, index) => {
    const isNext = arg === '-o' || arg === '--output';
    const value = isNext ? options[index + 1] : /^(?:-o|--output=)(.+)$/.exec(arg)?.[1];
    return arg === '--json' || value === 'json' || value === 'ndjson';
  });
}

function tableOf(parsed: Parsed): TableWords {
  const { pid, tty, pane, host, status } = parsed;
  const columns: Record<string, string> = {};
  for (const [kind, name] of Object.entries({ pid, terminal: tty, pane, host, status })) if (name) columns[kind] = name;
  for (const word of parsed.column ?? []) {
    const [, kind, name] = /^([^=]+)=(.+)$/s.exec(word) ?? [];
    if (kind === undefined || name === undefined || kind in columns) {
      const hint = '--column observed_at=last_seen, each kind once';
      throw new PlumblineError('usage', `--column ${word}: it is not KIND=COLUMN, or a kind that is mapped`, { hint });
    }
    columns[kind] = name;
  }
  return {
    table: parsed.table ?? null,
    key: parsed.key ?? null,
    columns,
    alive: parsed.alive ?? null,
    dead: parsed.dead ?? null,
    thisHost: parsed.thisHost ?? null,
    insert: parsed.insert ?? null,
    touchSeconds: null,
  };
}

/** Every value of an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
