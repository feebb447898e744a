import { COMM_BYTES, type ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import { isInterpreter } from './interpreter.ts';
import { isLauncher, isLauncherStat, KNOWN_SHELLS } from './launcher-programs.ts';
import { displayName, namesOf, type Program } from './program.ts';

/** Node 24 and later name their first thread so, whatever they run. */
export const INTERPRETER_THREAD = 'MainThread';

/** Programs that show other programs' terminals. */
export const MULTIPLEXERS: ReadonlySet<ByteString> = new Set([
  'tmux',
  'tmux: client',
  'tmux: server',
  'screen',
  'SCREEN',
  'zellij',
  'dtach',
  'abduco',
]);

/** Which programs are sessions. */
export interface CommandRule {
  /** The command that this program matches, or null. */
  match(program: Program): ByteString | null;
  /** What a program is that does not match: `none of the commands`. */
  readonly otherwise: string;
  /** Whether a process without a terminal can be a session: only where somebody has said which programs are. */
  readonly matchesDetached: boolean;
  /** Whether a process without a terminal, of which only stat was read, may be a session by its name. */
  worthReading(stat: ProcessStat): boolean;
}

/**
 * Builds the rule.
 * @param commands null: no commands are configured, and everything is listed; `['*']`: any program but a shell, a
 *   multiplexer or a launcher; else the names
 * @param shells base names from /etc/shells, asked for where they matter
 */
export function commandRule(
  commands: readonly ByteString[] | null,
  shells: () => ReadonlySet<ByteString> = () => new Set(),
): CommandRule {
  if (commands === null) {
    return { match: displayName, otherwise: 'no program', matchesDetached: false, worthReading: () => false };
  }
  if (commands.includes('*')) return anyProgram(shells());
  return namedCommands(commands);
}

function anyProgram(shells: ReadonlySet<ByteString>): CommandRule {
  const isShell = (name: ByteString) => shells.has(name) || KNOWN_SHELLS.has(name);
  return {
    otherwise: 'a shell, a launcher or a multiplexer',
    matchesDetached: true,
    match(program) {
      const excluded = isShell(program.file) || MULTIPLEXERS.has(program.file) || isLauncher(program);
      return excluded ? null : displayName(program);
    },
    worthReading: (stat) => !isShell(stat.comm) && !MULTIPLEXERS.has(stat.comm) && !isLauncherStat(stat),
  };
}

function namedCommands(commands: readonly ByteString[]): CommandRule {
  const exact = new Set(commands);
  const byComm = new Map(commands.map((command) => [command.slice(0, COMM_BYTES), command]));
  return {
    otherwise: 'none of the commands',
    matchesDetached: true,
    match(program) {
      for (const name of namesOf(program)) {
        if (exact.has(name)) return name;
      }
      return byComm.get(program.comm) ?? null;
    },
    worthReading: (stat) => byComm.has(stat.comm) || stat.comm === INTERPRETER_THREAD || isInterpreter(stat.comm),
  };
}
