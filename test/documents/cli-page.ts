import type { CommandShape, OptionShape } from '../../src/cli/completion/shape.ts';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';
import { type CommandLine, docOf, usageOf } from './command-line.ts';

const RELATIONS: ReadonlySet<string> = new Set(KERNEL_RELATIONS.map(({ name }) => name));

/** docs/cli.md: every command with its options, and what its help says. */
export function cliPage(line: CommandLine): string {
  const { shape, summary } = line;
  return `# The command line

${summary} \`plumb\` alone is \`plumb list\` with a hint. \`plumb COMMAND --help\` says what stands here;
\`plumb completion bash|zsh|fish\` teaches it to a shell, and \`man plumb\` has it too.

${shape.commands.map(({ name, summary: what }) => `- [\`${name}\`](#plumb-${name}): ${what}`).join('\n')}

## Formats

A person at a terminal gets a table, anything else lines: \`-o\` says otherwise. What a command cannot write it refuses.

| \`-o\` | what it is |
|---|---|
| \`table\` | aligned, or sentences; it fits the terminal: long words are shortened (\`…\`), numbers never, and columns that have no room are named |
| \`wide\` | a table of all columns, as wide as it gets |
| \`tsv\` | a line a row, fields between tabs, without headings; empty is unknown. \`\\\\ \\t \\n \\r \\xHH\` stand for what would break a line; within a list, rows stand between commas and their columns between colons, and \`\\x2C\` and \`\\x3A\` for those in a value |
| \`json\` | one object: [json.md](json.md) |
| \`ndjson\` | one object a line, and nothing around them: what could not be seen is told on stderr |

\`--columns a,b,c\` chooses columns by their names in JSON, in this order and in any format; \`pane.id\` is a column of a column.

## Options of every command

${optionTable(shape.options)}

${shape.commands.map((it) => section(it, line)).join('\n\n')}

## Exit codes

\`\`\`
${line.exitCodes.trimEnd()}
\`\`\`
`;
}

function section(command: CommandShape, { below }: CommandLine): string {
  const { name, summary, options } = command;
  const text = RELATIONS.has(name) ? `Its columns: [relations.md](relations.md#${name}).` : fenced(below(name));
  const parts = [`## plumb ${name}`, `\`${usageOf(command)}\`: ${summary}`, optionTable(options), text];
  return parts.filter((it) => it !== '').join('\n\n');
}

function optionTable(options: readonly OptionShape[]): string {
  if (options.length === 0) return '';
  return `| option | what it does |\n|---|---|\n${options.map(row).join('\n')}`;
}

function row(option: OptionShape): string {
  const { short, long, value } = option;
  const names = `${short === null ? '' : `${short}, `}${long}${value ? ` <${value.name}>` : ''}`;
  return `| \`${names}\` | ${docOf(option).replaceAll('|', '\\|')} |`;
}

function fenced(text: string): string {
  return text === '' ? '' : `\`\`\`\n${text}\n\`\`\``;
}
