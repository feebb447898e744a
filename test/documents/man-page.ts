import type { CommandShape, OptionShape } from '../../src/cli/completion/shape.ts';
import { VERSION } from '../../src/cli/version.ts';
import type { KernelRelation } from '../../src/relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';
import { type CommandLine, docOf } from './command-line.ts';

/** When the form of the page was last changed: a page that says the time of its making would differ from itself. */
const DATED = 'November 25, 2026';

/** What mandoc wants a line of the source to be at most, with room for what an escape adds. */
const WIDTH = 72;

const RELATIONS: ReadonlyMap<string, KernelRelation> = new Map(KERNEL_RELATIONS.map((it) => [it.name, it]));

/** packaging/plumb.1, in mdoc(7): what `plumb --help` and the help of every command say. */
export function manPage(line: CommandLine): string {
  const { shape, summary, below } = line;
  return `.\\" Made from the commands by test/docs.test.ts; do not edit.
.Dd ${DATED}
.Dt PLUMB 1
.Os plumbline ${VERSION}
.Sh NAME
.Nm plumb
.Nd what is running in which terminal, in whose home
.Sh SYNOPSIS
.Nm
.Op Ar command
.Op Ar options
.Sh DESCRIPTION
${flow(summary)}
Without a command it lists every session.
${paragraphs(below().replace(/^plumb help exit-codes.*$/m, ''))}
.Sh OPTIONS
These may stand before the command as well as behind it.
${optionList(shape.options)}
.Sh COMMANDS
${shape.commands.map((it) => commandSection(it, below(it.name))).join('\n')}
.Sh ENVIRONMENT
.Bl -tag -width indent
.It Ev PLUMBLINE_CONFIG
The configuration file.
.It Ev XDG_CONFIG_HOME , XDG_STATE_HOME
Where the configuration file and the embedded registry are looked for.
.It Ev NO_COLOR , FORCE_COLOR
No colours, or colours although nobody looks.
.El
.Sh FILES
.Bl -tag -width indent -compact
.It Pa ~/.config/plumbline/config.toml
.It Pa /etc/plumbline/config.toml
The configuration.
.El
.Sh EXIT STATUS
${literal(line.exitCodes.replace(/^Exit codes:\n/, '').trimEnd())}
.Sh EXAMPLES
${literal(line.examples.replace(/^Examples:\n/, '').trimEnd())}
.Sh SEE ALSO
.Xr ps 1 ,
.Xr screen 1 ,
.Xr tmux 1 ,
.Xr proc 5 ,
.Xr findmnt 8 ,
.Xr ip-route 8 ,
.Xr lslocks 8 ,
.Xr ss 8
`;
}

function commandSection(command: CommandShape, below: string): string {
  const { name, summary, options } = command;
  const args = command.arguments.map((it) => {
    const word = `Ar ${escaped(it.name)}${it.variadic ? ' ...' : ''}`;
    return it.required ? ` ${word}` : ` Op ${word}`;
  });
  const relation = RELATIONS.get(name);
  const parts = [
    `.Ss plumb ${name}`,
    `.Nm Cm ${name}${args.join('')}`,
    '.Pp',
    flow(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`),
    ...(relation ? [columnsOf(relation)] : below === '' ? [] : [literal(below)]),
    ...(options.length > 0 ? [optionList(options)] : []),
  ];
  return parts.join('\n');
}

function columnsOf({ row, doc, needs, columns, shown, instead }: KernelRelation): string {
  const items = columns.map(({ name, doc: what, unit }) => {
    const mark = shown.includes(name) ? ' *' : '';
    return `.It Cm ${escaped(name)}${mark}\n${flow(`${what}${unit === null ? '' : `, in ${unit}`}`)}`;
  });
  return `${flow(`One row is ${row}.`)}
${flow(doc)}
${flow(`Needs: ${needs}.`)}
The columns marked * are those of the table.
.Bl -tag -width indent -compact
${items.join('\n')}
.El${instead ? `\n.Pp\nWith\n.Fl Fl ${instead.option} :\n${columnsOf(instead.relation)}` : ''}`;
}

function optionList(options: readonly OptionShape[]): string {
  const items = options.map((it) => {
    const { short, long, value } = it;
    const names = [...(short === null ? [] : [`Fl ${escaped(short.slice(1))} ,`]), `Fl Fl ${escaped(long.slice(2))}`];
    return `.It ${names.join(' ')}${value ? ` Ar ${escaped(value.name)}` : ''}\n${flow(docOf(it))}`;
  });
  return `.Bl -tag -width indent\n${items.join('\n')}\n.El`;
}

function paragraphs(of: string): string {
  return `.Pp\n${flow(of.trim())}`;
}

function literal(of: string): string {
  return `.Bd -literal -offset indent\n${of.split('\n').map(text).join('\n')}\n.Ed`;
}

/** Running text: a sentence begins a line, and no line is long. */
function flow(of: string): string {
  const lines = of.replace(/([.:]) (?=[A-Z])/g, '$1\n').split('\n');
  return lines.flatMap(wrapped).map(text).join('\n');
}

function wrapped(line: string): string[] {
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A line of text: what a formatter would take for a request or an escape is none. */
function text(line: string): string {
  const body = escaped(line);
  return /^[.']/.test(body) ? `\\&${body}` : body;
}

function escaped(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\x20-\x7e]/gu,
      (mark) => `\\[u${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
