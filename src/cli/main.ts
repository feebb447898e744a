import { type Command, CommanderError } from 'commander';
import { PlumblineError } from '../model/errors.ts';
import { commandWord } from './command-word.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { asksForJson } from './options.ts';
import { Output } from './output.ts';
import { buildProgram } from './program.ts';

/**
 * Runs one command, and leaves its exit code in `process.exitCode`, so that what is still being written is not cut.
 * @param args without node and the script
 */
export async function main(args: readonly string[]): Promise<void> {
  const output = new Output(asksForJson(args));
  const end = (code: number) => {
    globalThis.process.exitCode = code;
  };
  globalThis.process.on('uncaughtException', (error) => end(output.failure(error)));
  try {
    const program = buildProgram(output, end);
    if (mayNeedRelations(args, program)) {
      const { addRelationCommands } = await import('./described.ts');
      addRelationCommands(program, output, end);
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    end(failure(error, output));
  }
}

/**
 * Whether a command for a relation may be meant, or help that lists them, or a word that is near one's name. They are
 * described at length, and loaded only then: the commands that are called most do without.
 */
function mayNeedRelations(args: readonly string[], program: Command): boolean {
  const word = commandWord(args, program);
  if (word === null) return args.some((arg) => arg === '--help' || arg === '-h');
  return word === 'help' || word === 'completion' || !program.commands.some((it) => it.name() === word);
}

/** Commander throws to end the program, after it has printed help as well as for wrong arguments. */
function failure(error: unknown, output: Output): ExitCode {
  if (!(error instanceof CommanderError)) return output.failure(error);
  if (error.exitCode === 0) return EXIT.ok;
  const [message = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  const hint = hints.join(' ').replace(/^\((.*)\)$/, '$1') || 'plumb --help shows what there is';
  return output.failure(new PlumblineError('usage', message, { hint }));
}
