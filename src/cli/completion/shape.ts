import type { Argument, Command, Option } from 'commander';
import { WHY_KINDS } from '../../model/why.ts';
import { formatsOf } from '../formats.ts';
import { collect } from '../options.ts';

/** What completes a word: words that are known, or what is asked for when somebody presses the key. */
export type Completes =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** `a,b,c`: several of these, each once. */
  | { readonly kind: 'list'; readonly words: readonly string[] }
  | { readonly kind: 'sessions' | 'names' | 'files' | 'directories' | 'programs' | 'nothing' };

/** An option, as a shell has to know it. */
export interface OptionShape {
  readonly short: string | null;
  readonly long: string;
  readonly doc: string;
  readonly repeats: boolean;
  /** What its value is called, and completes it; null where it has none. */
  readonly value: { readonly name: string; readonly completes: Completes } | null;
}

/** A word behind the command. */
export interface ArgumentShape {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly completes: Completes;
}

/** A command, with the options that are its own. */
export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentShape[];
  readonly options: readonly OptionShape[];
}

/** The whole command line: what may stand anywhere, and what belongs to one command. */
export interface Shape {
  readonly options: readonly OptionShape[];
  readonly commands: readonly CommandShape[];
}

/** What only others know: the words of a command's arguments and options. */
export interface Vocabulary {
  readonly signals: readonly string[];
  /** What stands between commas in the value of an option, by command and option: `list --columns`. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** Commands that act, and take no home without a session. */
const ACTS: ReadonlySet<string> = new Set(['pid', 'nudge', 'signal', 'wait', 'claim']);

/** Of options: whose values are known, although a slip in them is told by the command itself. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  '--for': ['exit', 'idle', 'output'],
  '--transport': ['tmux', 'screen', 'direct'],
};

/** Reads the shape off the commands themselves. */
export function shapeOf(program: Command, vocabulary: Vocabulary): Shape {
  const commands = program.commands.map((it): CommandShape => {
    // `-o` stands among them again, with the formats that this command knows.
    const formats = formatsOf(it);
    const output = program.options.filter(({ long }) => long === '--output' && formats.length > 0);
    const own = [...it.options, ...output].map((option) => optionShape(option, it, vocabulary));
    const isActing = ACTS.has(it.name());
    const args = it.registeredArguments.map((argument) => argumentShape(argument, program, vocabulary, isActing));
    return { name: it.name(), summary: it.description(), arguments: args, options: own };
  });
  const help: OptionShape = { short: '-h', long: '--help', doc: 'help for a command', repeats: false, value: null };
  const everywhere = program.options.filter(({ long }) => long !== '--output');
  return { options: [...everywhere.map((it) => optionShape(it, program, vocabulary)), help], commands };
}

function optionShape(option: Option, command: Command, vocabulary: Vocabulary): OptionShape {
  const { short = null, long, description, flags, required, parseArg } = option;
  const name = /<(.+)>/.exec(flags)?.[1] ?? '';
  return {
    short,
    long: long ?? short ?? '',
    doc: description,
    repeats: parseArg === collect,
    value: required ? { name, completes: completesOf(option, name, command, vocabulary) } : null,
  };
}

function completesOf({ long, argChoices }: Option, name: string, command: Command, { lists }: Vocabulary): Completes {
  if (long === '--output') return { kind: 'words', words: formatsOf(command) };
  const list = lists.get(`${command.name()} ${long}`);
  if (list) return { kind: 'list', words: list };
  const words = argChoices ?? WORDS[long ?? ''];
  if (words) return { kind: 'words', words };
  if (long === '--session' || long === '--forget') return { kind: 'names' };
  if (long === '--command') return { kind: 'programs' };
  if (long === '--home' || name === 'directory') return { kind: 'directories' };
  return name === 'file' ? { kind: 'files' } : { kind: 'nothing' };
}

function argumentShape(
  argument: Argument,
  program: Command,
  { signals }: Vocabulary,
  isActing: boolean,
): ArgumentShape {
  const name = argument.name();
  const topics = [...program.commands.map((it) => it.name()), 'exit-codes'];
  const known: Readonly<Record<string, Completes>> = {
    name: { kind: isActing ? 'sessions' : 'names' },
    signal: { kind: 'words', words: signals },
    topic: { kind: 'words', words: topics },
    kind: { kind: 'words', words: WHY_KINDS },
    // Of why: a path can be completed, and no pid or port.
    what: { kind: 'files' },
    command: { kind: 'programs' },
    directory: { kind: 'directories' },
  };
  const words = argument.argChoices;
  const completes = words ? ({ kind: 'words', words } as const) : (known[name] ?? ({ kind: 'nothing' } as const));
  return { name, required: argument.required, variadic: argument.variadic, completes };
}

/** Every option that may stand in a command, its own first. */
export function optionsOf(shape: Shape, command: CommandShape | null): OptionShape[] {
  return [...(command?.options ?? []), ...shape.options];
}

/** The ways to write an option. */
export function namesOf({ short, long }: OptionShape): string[] {
  return short === null ? [long] : [short, long];
}
