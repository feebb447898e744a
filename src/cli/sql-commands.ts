import type { Command } from 'commander';
import { FORMATS } from './call.ts';
import type { ServeFlags } from './commands/serve.ts';
import type { SqlFlags } from './commands/sql.ts';
import { knowsFormats } from './formats.ts';
import { callOf, collect } from './options.ts';
import type { Output } from './output.ts';
import { SERVE_HELP, SQL_HELP } from './sql-help.ts';

/** What a command does: it gets its own commander object, whose options say how, and tells what to end with. */
type Act = (
  run: (command: Command, words: readonly string[]) => Promise<number>,
) => (...given: unknown[]) => Promise<void>;

/** Adds the commands that answer SQL. */
export function addSqlCommands(program: Command, output: Output, act: Act): void {
  knowsFormats(program.command('sql [statement]'), FORMATS)
    .description('ask in SQL: every table is read from the kernel for the answer')
    .option('--tables', 'list the tables, or the columns of the table that is named')
    .option('--timeout <duration>', 'how long a statement may take: 500ms, 30s, 5m; else 1m')
    .option('--max-result <size>', 'how much an answer may hold: 500kB, 100MB, at most 256MB; else 64MB')
    .option('--socket <directory>', 'ask the plumb serve whose socket is there, which sees with its rights')
    .option('--connect <url>', 'ask the plumb serve at postgres://host:port')
    .addHelpText('after', SQL_HELP)
    .action(
      act(async (command, [statement]) => {
        const { sql } = await import('./commands/sql.ts');
        return sql(callOf(command, output), statement ?? null, command.opts<SqlFlags>());
      }),
    );
  knowsFormats(program.command('serve'), [])
    .description('answer SQL as a Postgres server does: to psql, drivers, and other servers')
    .option('--pg <where>', 'listen there: 127.0.0.1:5433, or the directory of a socket (repeatable)', collect)
    .option('--allow-user <name>', 'who may connect from this machine besides (repeatable)', collect)
    .option('--users <file>', 'names and passwords of whoever connects by TLS')
    .option('--tls-cert <file>', 'the certificate, with those that lead to it')
    .option('--tls-key <file>', 'its key')
    .option('--max-connections <count>', 'how many clients at once; else 64')
    .option('--statement-timeout <duration>', 'how long a statement may take; else 30s')
    .option('--idle-in-transaction-timeout <duration>', 'how long a transaction may wait for its client; else 5m')
    .option('--max-result <size>', 'how much one answer may hold: 500kB, 64MB, 1GB; else 64MB')
    .option('--user-line <name>', 'print a line of the file of --users; the password stands on stdin')
    .addHelpText('after', SERVE_HELP)
    .action(
      act(async (command) => {
        const { serve } = await import('./commands/serve.ts');
        return serve(callOf(command, output), command.opts<ServeFlags>());
      }),
    );
}
