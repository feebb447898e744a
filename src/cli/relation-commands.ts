import type { Command } from 'commander';
import type { KernelRelation } from '../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import { type RelationFlags, relation } from './commands/relation.ts';
import { addColumnsOption, callOf } from './options.ts';
import type { Output } from './output.ts';
import { addWhyCommand } from './why-command.ts';

/** Of help that goes to no terminal, as commander has it. */
const USUAL_WIDTH = 80;
const LEAST_WIDTH = 60;

/** Adds a command for every relation, made from its description, and the one that leads from anything to its session. */
export function addRelationCommands(program: Command, output: Output, end: (code: number) => void): void {
  for (const it of KERNEL_RELATIONS) {
    const made = addColumnsOption(program.command(`${it.name} [name]`)).description(it.summary);
    made.option('--session <name>', 'what belongs to one session: the same as [name]');
    for (const { flags, doc } of it.options ?? []) made.option(flags, doc);
    for (const { flag, name, doc } of it.columns) if (flag) made.option(flag, `also ${name}: ${doc}`);
    made
      .addHelpText('after', () => columnsHelp(it, Math.max(LEAST_WIDTH, output.columns ?? USUAL_WIDTH)))
      .action(async (name: string | undefined, flags: RelationFlags, command: Command) => {
        end(await relation(callOf(command, output), it, name ?? null, flags));
      });
  }
  addWhyCommand(program, output, end);
}

function columnsHelp(it: KernelRelation, width: number): string {
  const { columns, shown, doc, needs, instead } = it;
  const longest = Math.max(...columns.map(({ name }) => name.length));
  const lines = columns.map(({ name, flag, doc: what }) => {
    const mark = shown.includes(name) ? '*' : flag ? '+' : ' ';
    const head = `  ${mark} ${name.padEnd(longest)}  `;
    return head + wrapped(what, width - head.length).join(`\n${' '.repeat(head.length)}`);
  });
  const about = [doc, `Needs: ${needs}.`].map((text) => wrapped(text, width).join('\n'));
  const other = instead ? `\n\nWith --${instead.option}:${columnsHelp(instead.relation, width)}` : '';
  const added = columns.some(({ flag }) => flag) ? '; + only with its option, or named' : '';
  const list = `Columns (* in the table; all with -o wide, json and ndjson${added}):\n${lines.join('\n')}`;
  return `\n${about.join('\n')}\n\n${list}${other}`;
}

/** Lines of at most this width, broken where there are spaces. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
