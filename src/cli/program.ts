import { Argument, Command } from 'commander';
import { nearest } from '../config/nearest.ts';
import { PlumblineError } from '../model/errors.ts';
import { NUDGE_HELP, SIGNAL_HELP, WAIT_HELP } from './act-help.ts';
import { addBpfCommand } from './bpf-commands.ts';
import { ROW_FORMATS } from './call.ts';
import { CLAIM_HELP, ROUTE_HELP } from './claim-help.ts';
import type { HistoryFlags } from './commands/history.ts';
import { type HomesFlags, homes } from './commands/homes.ts';
import { list } from './commands/list.ts';
import type { NudgeFlags } from './commands/nudge.ts';
import { pid } from './commands/pid.ts';
import type { RouteFlags } from './commands/route.ts';
import { show } from './commands/show.ts';
import type { SignalFlags } from './commands/signal.ts';
import type { SyncFlags } from './commands/sync-flags.ts';
import type { WaitFlags } from './commands/wait.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './exit-codes.ts';
import { addFdwCommand } from './fdw-commands.ts';
import { knowsFormats, optionsOfAll } from './formats.ts';
import { addColumnsOption, addOptions, addRegistryOptions, addTableOptions, callOf, collect } from './options.ts';
import type { Output } from './output.ts';
import { addSqlCommands } from './sql-commands.ts';
import { VERSION } from './version.ts';

const EXAMPLES = `Examples:
  plumb                                           every terminal, and what runs in front of it
  plumb list --home '/srv/agents/*' --command claude
  plumb show ada                                  one session, and the facts behind it
  plumb nudge ada 'go on'                         types a line, if it is certain to be read by it
  plumb signal ada INT                            never by number
  plumb list -o json | jq .sessions
`;

const AFTER = `
A configuration file holds homes, commands, terminal and host.id. It is the
first of --config, $PLUMBLINE_CONFIG, $XDG_CONFIG_HOME/plumbline/config.toml
(~/.config) and /etc/plumbline/config.toml; options stand over it.
plumb help exit-codes lists the exit codes.
`;

const COMPLETION_HELP = `
bash:  plumb completion bash > ~/.local/share/bash-completion/completions/plumb
       or, in ~/.bashrc:  eval "$(plumb completion bash)"
zsh:   plumb completion zsh > "\${fpath[1]}/_plumb"
       or, in ~/.zshrc behind compinit:  eval "$(plumb completion zsh)"
fish:  plumb completion fish > ~/.config/fish/completions/plumb.fish

Names of sessions are asked for when they are completed, with plumb list and
plumb homes; a configuration file tells them which homes.
`;

/** What a command does: it gets its own commander object, whose options say how, and tells what to end with. */
type Run = (command: Command, words: readonly string[]) => Promise<number>;

/**
 * The command line: names, options and help. What loads a library (a configuration file) or is rare
 * (recording) is loaded when it is called for; the rest is small, and one file loads faster than ten.
 * @param end told the exit code of the command that ran
 */
export function buildProgram(output: Output, end: (code: number) => void): Command {
  const program = addOptions(new Command('plumb'))
    .description('What is running in which terminal, in whose home: asked of the Linux kernel, now.')
    .usage('[command] [options]')
    .version(VERSION)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: optionsOfAll })
    .configureOutput({
      writeOut: (text) => output.data(text),
      // What is wrong is thrown as well, and told in one place.
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', AFTER);
  const act = (run: Run) => {
    return async (...given: unknown[]) => {
      // commander passes the arguments, the options, and last the command itself.
      const command = given.at(-1) as Command;
      end(await run(command, command.args));
    };
  };
  knowsFormats(program, ROW_FORMATS)
    .argument('[words...]')
    .action(act((command, words) => runWithoutCommand(command, words, output)));
  addColumnsOption(program.command('list [name...]'))
    .description('every live session; piped: name, pid and cwd, separated by tabs')
    .action(act((command, names) => list(callOf(command, output), names)));
  knowsFormats(program.command('show <name>'), ['table', 'json'])
    .description('one session with its evidence, or what is there instead')
    .action(act((command, [name = '']) => show(callOf(command, output), name)));
  knowsFormats(program.command('pid <name>'), [])
    .description('the pid of one session, alone')
    .action(act((command, [name = '']) => pid(callOf(command, output), name)));
  addRegistryOptions(addColumnsOption(program.command('homes')))
    .description('every configured home: its owner, or why there is none')
    .option('--store', 'write into --db which directories they are, for plumb fdw install --via bpf')
    .action(act((command) => homes(callOf(command, output), command.opts<HomesFlags>())));
  program
    .command('nudge <name> [text]')
    .description("type a text, or what stands on stdin, and Enter into a session's terminal")
    .option('--paste', 'as one bracketed paste, which may have several lines: the program takes it')
    .option('--line-mode', 'although the terminal hands over whole lines: the program reads lines')
    .option('--expect <regex>', "only if the pane's last lines match (tmux)")
    .option('--transport <way>', 'tmux, screen or direct; else the one that can be checked best')
    .option('--enter-delay <duration>', 'between the text and Enter; else 200ms')
    .option('--timeout <duration>', 'for the program to read the text, and then Enter; else 5s')
    .addHelpText('after', NUDGE_HELP)
    .action(
      act(async (command, [name = '', text]) => {
        const { nudge } = await import('./commands/rare.ts');
        return nudge(callOf(command, output), name, text, command.opts<NudgeFlags>());
      }),
    );
  program
    .command('signal <name> <signal>')
    .description('send a signal to the process that is the session: TERM, SIGTERM or 15')
    .option('--tree', 'to all that descends from it as well, leaves first')
    .addHelpText('after', SIGNAL_HELP)
    .action(
      act(async (command, [name = '', word = '']) => {
        const { signal } = await import('./commands/rare.ts');
        return signal(callOf(command, output), name, word, command.opts<SignalFlags>());
      }),
    );
  program
    .command('wait <name>')
    .description('wait until something has happened to a session')
    .option('--for <what>', 'exit (says how), idle, or output')
    .option('--timeout <duration>', 'how long: 500ms, 30s, 10m; else for ever')
    .addHelpText('after', WAIT_HELP)
    .action(
      act(async (command, [name = '']) => {
        return (await import('./commands/rare.ts')).wait(callOf(command, output), name, command.opts<WaitFlags>());
      }),
    );
  knowsFormats(addTableOptions(addRegistryOptions(program.command('sync'))), ['table', 'json'])
    .description("make the registry's rows say what the kernel says")
    .option('-n, --dry-run', 'show what would be written, and write nothing')
    .option('--force', 'write however many deaths there are at once')
    .option('--adopt-host', "the rows' container is no more, and this is its successor: end them")
    .option('--forget <name>', 'end this row, which nothing can be seen of (repeatable)', collect)
    .option('--insert', 'with --table: give a row to sessions that have none')
    .option('--watch', 'go on: look again when terminals come or go, and at least every --interval')
    .option('--interval <duration>', 'with --watch: 500ms, 5s, 1m; else 1s')
    .option('--init', "show the SQL of a server's schema and the least grants")
    .option('--apply', 'with --init: run it')
    .option('--role <name>', 'with --init: the role that gets the grants')
    .option('--uninstall', 'show the SQL that takes the schema away')
    .action(
      act(async (command) => {
        return (await import('./commands/rare.ts')).sync(callOf(command, output), command.opts<SyncFlags>());
      }),
    );
  addTableOptions(addRegistryOptions(program.command('drift')))
    .description('how the registry differs from the kernel, value by value; nothing is changed')
    .action(act(async (command) => (await import('./commands/rare.ts')).drift(callOf(command, output))));
  addColumnsOption(addTableOptions(addRegistryOptions(program.command('dead'))))
    .description('the rows whose process is proven to have ended, and the proof; nothing is changed')
    .action(act(async (command) => (await import('./commands/rare.ts')).dead(callOf(command, output))));
  addColumnsOption(addRegistryOptions(program.command('registry')))
    .description("the registry's rows, their age, and how each compares with the kernel now")
    .action(act(async (command) => (await import('./commands/rare.ts')).registry(callOf(command, output))));
  addColumnsOption(program.command('panes'))
    .description('every pane of every tmux and screen, and the session in it')
    .action(act(async (command) => (await import('./commands/rare.ts')).panes(callOf(command, output))));
  addColumnsOption(addRegistryOptions(program.command('hosts')))
    .description('every machine whose rows are in the registry, and how far they can be relied on')
    .action(act(async (command) => (await import('./commands/rare.ts')).hosts(callOf(command, output))));
  addColumnsOption(addRegistryOptions(program.command('history [name]')))
    .description('what happened to the sessions, or to one, as each sync has seen it')
    .option('--since <duration>', 'only the last 90s, 30m, 2h, 7d or 4w')
    .option('--all-hosts', 'of every machine whose rows are there, not of this one alone')
    .action(
      act(async (command, [name]) => {
        const { history } = await import('./commands/rare.ts');
        return history(callOf(command, output), name ?? null, command.opts<HistoryFlags>());
      }),
    );
  addTableOptions(addRegistryOptions(program.command('doctor')))
    .description('what plumb can and cannot see and do here, and what mends it')
    .action(act(async (command) => (await import('./commands/rare.ts')).doctor(callOf(command, output))));
  program
    .command('claim <name> [command...]')
    .description('have a session for oneself: run -- COMMAND under a lock on its home, or hold it until stdin closes')
    .addHelpText('after', CLAIM_HELP)
    .action(act(async (command, words) => (await import('./commands/rare.ts')).claim(callOf(command, output), words)));
  program
    .command('route [command...]')
    .description('claim a free session, the longest idle one, as plumb claim does')
    .option('--where <condition>', "only such: 'command=claude', 'name=ada*', 'idle>5m' (repeatable)", collect)
    .addHelpText('after', ROUTE_HELP)
    .action(
      act(async (command, words) => {
        const { route } = await import('./commands/rare.ts');
        return route(callOf(command, output), words, command.opts<RouteFlags>());
      }),
    );
  addSqlCommands(program, output, act);
  addFdwCommand(program, output, act);
  addBpfCommand(program, output, act);
  knowsFormats(program.command('record <directory>'), [])
    .description('write down what the kernel says, for a test or a bug report')
    .action(
      act(async (command, [directory = '']) => {
        return (await import('./commands/rare.ts')).record(callOf(command, output), directory);
      }),
    );
  knowsFormats(program.command('completion'), [])
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .description('what a shell has to read to complete the words of plumb')
    .addHelpText('after', COMPLETION_HELP)
    .action(
      act(async (command, [shell = '']) => {
        callOf(command, output);
        return (await import('./described.ts')).completion(output, program, shell);
      }),
    );
  knowsFormats(program.command('help [topic]'), [])
    .description('help for a command, or exit-codes')
    .action(
      act(async (command, [topic]) => {
        callOf(command, output);
        return help(program, topic, output);
      }),
    );
  return program;
}

/** `plumb` alone lists; a word that is no command is a slip. */
function runWithoutCommand(program: Command, [word]: readonly string[], output: Output): Promise<ExitCode> {
  if (word === undefined) return list(callOf(program, output), [], true);
  throw unknownWord(word, program, `plumb show ${word} shows a session; plumb --help lists the commands`);
}

async function help(program: Command, topic: string | undefined, output: Output): Promise<ExitCode> {
  const command = program.commands.find((it) => it.name() === topic);
  if (topic === 'exit-codes') output.data(EXIT_CODES_HELP);
  else if (topic === undefined || command) (command ?? program).outputHelp();
  else throw unknownWord(topic, program, 'plumb help exit-codes, or the name of a command');
  return EXIT.ok;
}

function unknownWord(word: string, program: Command, hint: string): PlumblineError {
  const meant = nearest(
    word,
    program.commands.map((it) => it.name()),
  );
  return new PlumblineError('usage', `there is no command ${word}`, {
    hint: meant === null ? hint : `did you mean plumb ${meant}?`,
  });
}
