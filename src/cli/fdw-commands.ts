import { Argument, type Command, Option } from 'commander';
import type { FdwFlags } from './commands/fdw.ts';
import { FDW_HELP } from './fdw-help.ts';
import { knowsFormats } from './formats.ts';
import { addRegistryOptions, addTableOptions, callOf, collect } from './options.ts';
import type { Output } from './output.ts';

/** What a command does: it gets its own commander object, whose options say how, and tells what to end with. */
type Act = (
  run: (command: Command, words: readonly string[]) => Promise<number>,
) => (...given: unknown[]) => Promise<void>;

/** Adds the command that puts the live tables into the operator's own database. */
export function addFdwCommand(program: Command, output: Output, act: Act): void {
  knowsFormats(addTableOptions(addRegistryOptions(program.command('fdw'))), [])
    .addArgument(new Argument('<action>', 'which').choices(['install', 'remove']))
    .description('the live tables as foreign tables of your own Postgres; shows the SQL')
    .option('--apply', 'run it')
    .option('--schema <name>', 'where they are put; else kernel')
    .option('--endpoint <[name=]where>', 'a plumb serve: host:port, or a directory (repeatable)', collect)
    .addOption(
      new Option('--via <way>', 'how they are asked; else wire, if the server can').choices(['wire', 'program', 'bpf']),
    )
    .option('--pins <directory>', 'of --via bpf: where plumb bpf install has pinned')
    .option('--grant <role>', 'who may read them (repeatable)', collect)
    .option('--view <name>', 'what the live view of --table is called; else as the table')
    .option('--insert', 'with --table: the live view has sessions without a row as well')
    .option('--leave-out <column>', 'a column of --table that its views do not have, to drop it (repeatable)', collect)
    .addHelpText('after', FDW_HELP)
    .action(
      act(async (command, [action = '']) => {
        return (await import('./commands/fdw.ts')).fdw(callOf(command, output), action, command.opts<FdwFlags>());
      }),
    );
}
