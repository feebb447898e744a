import {
  type ArgumentShape,
  type CommandShape,
  type Completes,
  namesOf,
  type OptionShape,
  type Shape,
} from './shape.ts';

/** The completion of fish, which looks at the command line with a function of ours to find the command in it. */
export function fishCompletion(shape: Shape): string {
  const takesValue = [...shape.options, ...shape.commands.flatMap(({ options }) => options)].filter((it) => it.value);
  const withValue = [...new Set(takesValue.flatMap(namesOf))];
  const lines = [
    ...shape.options.map((it) => option(it, null)),
    ...(shape.commands.find(({ name }) => name === 'list')?.options ?? [])
      .filter(({ long }) => long === '--output')
      .map((it) => option(it, '__plumb_at 0')),
    ...shape.commands.flatMap((it) => commandLines(it)),
  ];
  return `# fish completion of plumb, made by: plumb completion fish

# The words of the command line that are no options and no option's values: the command, then what it is about.
function __plumb_words
    set -l skip 0
    set -l literal 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if test $literal = 0; and test "$word" = --
            set literal 1
        else if test $literal = 0; and string match -q -- '-*' $word
            if contains -- $word ${withValue.join(' ')}
                set skip 1
            end
        else
            printf '%s\\n' $word
        end
    end
end

# Whether the word to be completed is at this place: 0 is the command's.
function __plumb_at -a place
    test (count (__plumb_words)) = $place
end

# Whether it belongs to this command; at this place, or, with a third word, from there on.
function __plumb_in -a name place
    set -l words (__plumb_words)
    test "$words[1]" = $name; or return 1
    test -z "$place"; and return 0
    test -n "$argv[3]"; and test (count $words) -ge $place; and return 0
    test (count $words) = $place
end

# The names, whatever stands in them; what goes wrong is no answer. The first question that has one will do.
function __plumb_ask
    for question in $argv
        set -l names (command plumb $question -o tsv --columns name 2>/dev/null)
        if set -q names[1]
            printf '%s\\n' $names
            return
        end
    end
end

complete -c plumb -e
complete -c plumb -f
${lines.join('\n')}
`;
}

function commandLines(command: CommandShape): string[] {
  const { name, summary, options } = command;
  return [
    `complete -c plumb -n '__plumb_at 0' -a ${name} -d ${quoted(summary)}`,
    ...options.map((it) => option(it, `__plumb_in ${name}`)),
    ...command.arguments.map((it, index) => argument(it, name, index + 1)),
  ];
}

function option({ short, long, doc, value }: OptionShape, condition: string | null): string {
  const names = `${short === null ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`;
  const values = value ? ` ${forced(value.completes)}` : '';
  return `complete -c plumb${condition === null ? '' : ` -n '${condition}'`}${names}${values} -d ${quoted(doc)}`;
}

function argument({ completes, variadic }: ArgumentShape, command: string, place: number): string {
  const condition = `__plumb_in ${command} ${place}${variadic ? ' more' : ''}`;
  const files = completes.kind === 'files' || completes.kind === 'directories';
  return `complete -c plumb -n '${condition}' ${files ? '-F' : source(completes)}`.trimEnd();
}

/** The value of an option: a file, or nothing but what we say. */
function forced(completes: Completes): string {
  if (completes.kind === 'files') return '-r -F';
  return `-x ${source(completes)}`.trimEnd();
}

function source(completes: Completes): string {
  switch (completes.kind) {
    case 'words':
      return `-a ${quoted(completes.words.join(' '))}`;
    case 'list':
      return `-a ${quoted(`(__fish_append , ${completes.words.join(' ')})`)}`;
    case 'sessions':
      return "-a '(__plumb_ask list)'";
    case 'names':
      return "-a '(__plumb_ask homes list)'";
    case 'directories':
      return "-a '(__fish_complete_directories)'";
    case 'programs':
      return "-a '(__fish_complete_command)'";
    default:
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
