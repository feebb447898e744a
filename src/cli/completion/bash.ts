import { type Completes, namesOf, optionsOf, type Shape } from './shape.ts';

/**
 * The completion of bash, which knows the words without starting anything, and asks `plumb` for the names of sessions
 * alone. It needs no library of completions.
 */
export function bashCompletion(shape: Shape): string {
  return `# bash completion of plumb, made by: plumb completion bash

${values(shape)}
${args(shape)}
${options(shape)}
${CODE}`;
}

/** What completes the value of an option: `COMMAND:OPTION`. */
function values(shape: Shape): string {
  const own = shape.commands.flatMap(({ name, options: all }) => all.map((it) => ({ it, name })));
  const everywhere = shape.options.map((it) => ({ it, name: '*' }));
  const cases = [...own, ...everywhere].flatMap(({ it, name }) => {
    if (!it.value) return [];
    const patterns = namesOf(it).map((option) => `${name}:${option}`);
    return [`    ${patterns.join(' | ')}) ${setting(it.value.completes)} ;;`];
  });
  // Before the command stands the format of a list.
  const list = shape.commands.find(({ name }) => name === 'list')?.options.find(({ long }) => long === '--output');
  if (list?.value) cases.push(`    :-o | :--output) ${setting(list.value.completes)} ;;`);
  return caseFunction('_plumb_value', '"$1:$2"', cases);
}

/** What completes a word behind the command: `COMMAND:PLACE`. */
function args({ commands }: Shape): string {
  const cases = commands.flatMap(({ name, arguments: all }) => {
    return all.map((it, place) => `    ${name}:${it.variadic ? '*' : place}) ${setting(it.completes)} ;;`);
  });
  return caseFunction('_plumb_argument', '"$1:$2"', cases);
}

function options(shape: Shape): string {
  const names = (command: Shape['commands'][number] | null) => optionsOf(shape, command).flatMap(namesOf).join(' ');
  const cases = shape.commands.map((it) => `    ${it.name}) words='${names(it)}' ;;`);
  const commands = shape.commands.map(({ name }) => name).join(' ');
  const none = `words='-o --output ${names(null)}'`;
  return `${caseFunction('_plumb_options', '"$1"', cases, none)}
_plumb_commands='${commands}'
`;
}

function caseFunction(name: string, of: string, cases: readonly string[], rest = 'return 1'): string {
  return `${name}() {
  case ${of} in
${cases.join('\n')}
    *) ${rest} ;;
  esac
}
`;
}

function setting(completes: Completes): string {
  const words = 'words' in completes ? ` words='${completes.words.join(' ')}'` : '';
  return `kind=${completes.kind}${words}`;
}

/** What is the same for all: which word is asked for, and its candidates. */
const CODE = `# The names, whatever stands in them; what goes wrong is no answer.
_plumb_ask() {
  local line
  while IFS= read -r line; do candidates+=("$line"); done < <(plumb "$@" -o tsv --columns name 2>/dev/null)
}

# Adds each candidate that begins with the value, as it has to be typed.
_plumb_reply() {
  local candidate typed seen=' '
  for candidate in "\${candidates[@]}"; do
    printf -v typed %q "$candidate"
    [[ $typed == "$value"* || $candidate == "$value"* ]] || continue
    [[ $seen == *" $typed "* ]] && continue
    seen+="$typed "
    typed=$prefix$typed
    # bash replaces what stands behind the last of these only.
    local mark
    for mark in = :; do
      [[ $COMP_WORDBREAKS == *"$mark"* && $word == *"$mark"* ]] && typed=\${typed#"\${word%"\${word##*"$mark"}"}"}
    done
    COMPREPLY+=("$typed")
  done
}

_plumb() {
  local IFS=$' \\t\\n' word value prefix= kind= words= command= option= part glue= place=0 index
  local -a line=() candidates=()
  local -A kinds=([files]=file [directories]=directory [programs]=command)
  COMPREPLY=()
  # = and : split what is one word to plumb.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    part=\${COMP_WORDS[index]}
    if ((\${#line[@]})) && [[ -n $glue || $part == [=:]* ]]; then
      line[\${#line[@]} - 1]+=$part
    else
      line+=("$part")
    fi
    glue=
    [[ $part == [=:] ]] && glue=1
  done
  word=\${line[\${#line[@]} - 1]}
  value=$word
  # Which command it is, and what the word belongs to.
  local literal=
  for ((index = 0; index < \${#line[@]} - 1; index++)); do
    part=\${line[index]}
    if [[ -n $option ]]; then
      option=
    elif [[ -z $literal && $part == -- ]]; then
      literal=1
    elif [[ -z $literal && $part == -?* ]]; then
      if [[ $part != *=* ]] && _plumb_value "$command" "$part"; then option=$part; fi
    elif [[ -z $command ]]; then
      command=$part
    else
      place=$((place + 1))
    fi
  done
  kind= words=
  if [[ -n $option ]]; then
    _plumb_value "$command" "$option"
  elif [[ -z $literal && $word == --*=* ]]; then
    prefix=\${word%%=*}= value=\${word#*=}
    _plumb_value "$command" "\${word%%=*}"
  elif [[ -z $literal && $word == -* ]]; then
    _plumb_options "$command"
    kind=words
  elif [[ -z $command ]]; then
    kind=words words=$_plumb_commands
  else
    _plumb_argument "$command" "$place"
  fi
  case $kind in
    words) candidates=($words) ;;
    list)
      local given=,
      if [[ $value == *,* ]]; then
        given=,\${value%,*},
        prefix+=\${value%,*},
        value=\${value##*,}
      fi
      for part in $words; do [[ $given == *",$part,"* ]] || candidates+=("$part"); done
      compopt -o nospace 2>/dev/null
      ;;
    sessions) _plumb_ask list ;;
    names)
      _plumb_ask homes
      ((\${#candidates[@]})) || _plumb_ask list
      ;;
    files | directories | programs)
      [[ $kind == programs ]] || compopt -o filenames 2>/dev/null
      IFS=$'\\n'
      COMPREPLY=($(compgen -A "\${kinds[$kind]}" -- "$value"))
      return
      ;;
  esac
  _plumb_reply
}

complete -F _plumb plumb
`;
