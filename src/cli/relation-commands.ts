import type { Command } from 'commander';
import type { KernelRelation } from '../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import { relation } from './commands/relation.ts';
import { addColumnsOption, callOf } from './options.ts';
import type { Output } from './output.ts';
import { addWhyCommand } from './why-command.ts';

/** Adds a command for every relation, made from its description, and the one that leads from anything to its session. */
export function addRelationCommands(program: Command, output: Output, end: (code: number) => void): void {
  for (const it of KERNEL_RELATIONS) {
    addColumnsOption(program.command(`${it.name} [name]`))
      .description(it.summary)
      .addHelpText('after', columnsHelp(it))
      .action(async (name: string | undefined, _: unknown, command: Command) => {
        end(await relation(callOf(command, output), it, name ?? null));
      });
  }
  addWhyCommand(program, output, end);
}

function columnsHelp({ columns, shown, doc, needs }: KernelRelation): string {
  const width = Math.max(...columns.map(({ name }) => name.length));
  const lines = columns.map(({ name, doc: what }) => {
    return `  ${shown.includes(name) ? '*' : ' '} ${name.padEnd(width)}  ${what}`;
  });
  return `\n${doc}\nNeeds: ${needs}.\n\nColumns (* in the table; all with -o wide, json and ndjson):\n${lines.join('\n')}`;
}
