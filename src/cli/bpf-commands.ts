import { Argument, type Command } from 'commander';
import { BPF_HELP } from './bpf-help.ts';
import type { BpfFlags } from './commands/bpf.ts';
import { knowsFormats } from './formats.ts';
import { callOf } from './options.ts';
import type { Output } from './output.ts';

/** What a command does: it gets its own commander object, whose options say how, and tells what to end with. */
type Act = (
  run: (command: Command, words: readonly string[]) => Promise<number>,
) => (...given: unknown[]) => Promise<void>;

/** Adds the command that lets the kernel tell the processes itself. */
export function addBpfCommand(program: Command, output: Output, act: Act): void {
  knowsFormats(program.command('bpf'), ['table', 'json'])
    .addArgument(new Argument('<action>', 'which').choices(['install', 'status', 'remove']))
    .description('let the kernel tell every process itself, as a file that a group may read')
    .option('--group <name>', 'with install: who may read, by name or number; else plumbline')
    .option('--directory <path>', 'where it is pinned; else /run/plumbline-bpf')
    .addHelpText('after', BPF_HELP)
    .action(
      act(async (command, [action = '']) => {
        return (await import('./commands/rare.ts')).bpf(callOf(command, output), action, command.opts<BpfFlags>());
      }),
    );
}
