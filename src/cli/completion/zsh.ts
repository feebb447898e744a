import { type CommandShape, type Completes, type OptionShape, optionsOf, type Shape } from './shape.ts';

/** The completion of zsh: its own `_arguments` does the work. */
export function zshCompletion(shape: Shape): string {
  const list = shape.commands.find(({ name }) => name === 'list');
  // Before the command stands the format of a list.
  const everywhere = [...shape.options, ...(list?.options.filter(({ long }) => long === '--output') ?? [])];
  return `#compdef plumb
# zsh completion of plumb, made by: plumb completion zsh

# The names, whatever stands in them; what goes wrong is no answer. The first question that has one will do.
_plumb_ask() {
  local -a names
  local question
  for question in "$@"; do
    (( $#names )) || names=(\${(fu)"$(command plumb $question -o tsv --columns name 2>/dev/null)"})
  done
  (( $#names )) && compadd "\${(@)expl}" -a names
}
_plumb_sessions() { local -a expl; _description sessions expl session; _plumb_ask list }
_plumb_names() { local -a expl; _description sessions expl session; _plumb_ask homes list }

_plumb() {
  local curcontext="$curcontext" state line
  local -a commands
  typeset -A opt_args
  _arguments -C -S \\
    ${everywhere.flatMap(specs).join(' \\\n    ')} \\
    '1: :->command' '*:: :->rest' && return
  case $state in
    command)
      commands=(
        ${shape.commands.map(({ name, summary }) => quoted(`${name}:${summary}`)).join('\n        ')}
      )
      _describe -t commands 'plumb command' commands
      ;;
    rest)
      case $words[1] in
${shape.commands.map((it) => commandCase(shape, it)).join('\n')}
      esac
      ;;
  esac
}

# Loaded by its name from $fpath, or evaluated in a configuration.
if [[ $funcstack[1] == _plumb ]]; then _plumb "$@"; else compdef _plumb plumb; fi
`;
}

function commandCase(shape: Shape, command: CommandShape): string {
  const args = command.arguments.map(({ name, variadic, completes }, index) => {
    return quoted(`${variadic ? '*' : index + 1}:${name}:${action(completes)}`);
  });
  const all = [...optionsOf(shape, command).flatMap(specs), ...args];
  return `        ${command.name})
          _arguments -S \\
            ${all.join(' \\\n            ')}
          ;;`;
}

/** One option as `_arguments` has it: `-o` and `--output` exclude each other unless they may be repeated. */
function specs({ short, long, doc, repeats, value }: OptionShape): string[] {
  const names = short === null ? [long] : [short, long];
  const head = repeats ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
  const tail = value ? `:${value.name.replaceAll(':', '\\:')}:${action(value.completes)}` : '';
  return names.map((name) => {
    const sign = value === null ? '' : name.startsWith('--') ? '=' : '+';
    return quoted(`${head}${name}${sign}[${doc.replace(/[[\]\\]/g, '\\$&')}]${tail}`);
  });
}

function action(completes: Completes): string {
  switch (completes.kind) {
    case 'words':
      return `(${completes.words.join(' ')})`;
    case 'list':
      return `_values -s , value ${completes.words.join(' ')}`;
    case 'sessions':
      return '_plumb_sessions';
    case 'names':
      return '_plumb_names';
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'programs':
      return '_command_names -e';
    default:
      return ' ';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
