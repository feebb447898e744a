import type { Command } from 'commander';
import { why } from './commands/why.ts';
import { knowsFormats } from './formats.ts';
import { callOf } from './options.ts';
import type { Output } from './output.ts';

const HELP = `
  plumb why pid 4711            its parents, up to the session's process
  plumb why port 5432           who has it, and who is connected to it; also 5432/udp,
                                127.0.0.1:5432 and [::1]:5432
  plumb why path /srv/x/.lock   who has it open, works in it or listens on it, and
                                whose home it lies in: whatever links lead to it
  plumb why pane %7             what is on its terminal; also work:1.0

Each step has the command that shows it.
Exit codes: 0 it belongs to a session; 1 provably to none, or there is no such
thing; 3 too little could be seen to say so.
`;

/** Adds `plumb why`, which is loaded with the relations. */
export function addWhyCommand(program: Command, output: Output, end: (code: number) => void): void {
  knowsFormats(program.command('why <kind> <what>'), ['table', 'json'])
    .description('from a pid, a port, a path or a pane to its session, and the facts on the way')
    .addHelpText('after', HELP)
    .action(async (kind: string, what: string, _flags: unknown, command: Command) => {
      end(await why(callOf(command, output), kind, what));
    });
}
