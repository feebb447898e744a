import type { Command } from 'commander';
import type { KernelRelation } from '../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import { type RelationFlags, relation } from './commands/relation.ts';
import { callOf } from './options.ts';
import type { Output } from './output.ts';

/** Adds a command for every relation, made from its description. */
export function addRelationCommands(program: Command, output: Output, end: (code: number) => void): void {
  for (const it of KERNEL_RELATIONS) {
    const command = program
      .command(`${it.name} [name]`)
      .description(it.summary)
      .option('--columns <names>', 'these columns, in this order: a,b,c')
      .addHelpText('after', columnsHelp(it))
      .action(async (name: string | undefined, flags: RelationFlags, command: Command) => {
        end(await relation(callOf(command, output), it, name ?? null, flags));
      });
    for (const { flag, name, doc } of it.columns) if (flag) command.option(flag, `also ${name}: ${doc}`);
  }
}

function columnsHelp({ columns, shown, doc, needs }: KernelRelation): string {
  const width = Math.max(...columns.map(({ name }) => name.length));
  const lines = columns.map(({ name, flag, doc: what }) => {
    const mark = shown.includes(name) ? '*' : flag ? '+' : ' ';
    return `  ${mark} ${name.padEnd(width)}  ${what}`;
  });
  return `\n${doc}\nNeeds: ${needs}.\n\nColumns (* in the table; all with -o wide, json and ndjson, but + only with its option, or named):\n${lines.join('\n')}`;
}
