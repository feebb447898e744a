import type { Command } from 'commander';
import type { KernelRelation } from '../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import { type RelationFlags, relation } from './commands/relation.ts';
import { addColumnsOption, callOf } from './options.ts';
import type { Output } from './output.ts';

/** Adds a command for every relation, made from its description. */
export function addRelationCommands(program: Command, output: Output, end: (code: number) => void): void {
  for (const it of KERNEL_RELATIONS) {
    const made = addColumnsOption(program.command(`${it.name} [name]`)).description(it.summary);
    made.option('--session <name>', 'what belongs to one session: the same as [name]');
    for (const { flags, doc } of it.options ?? []) made.option(flags, doc);
    made
      .addHelpText('after', columnsHelp(it))
      .action(async (name: string | undefined, flags: RelationFlags, command: Command) => {
        end(await relation(callOf(command, output), it, name ?? null, flags));
      });
  }
}

function columnsHelp(it: KernelRelation): string {
  const { columns, shown, doc, needs, instead } = it;
  const width = Math.max(...columns.map(({ name }) => name.length));
  const lines = columns.map(({ name, doc: what }) => {
    return `  ${shown.includes(name) ? '*' : ' '} ${name.padEnd(width)}  ${what}`;
  });
  const list = `Columns (* in the table; all with -o wide, json and ndjson):\n${lines.join('\n')}`;
  const other = instead ? `\n\nWith --${instead.option}:${columnsHelp(instead.relation)}` : '';
  return `\n${doc}\nNeeds: ${needs}.\n\n${list}${other}`;
}
