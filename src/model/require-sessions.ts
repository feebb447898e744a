import { PlumblineError } from './errors.ts';
import type { HomeSpec } from './home.ts';

/** What says which processes are sessions, as far as somebody has said it. */
interface SessionRules {
  readonly homes?: readonly HomeSpec[];
  readonly commands?: readonly string[] | null;
}

/**
 * Refuses what would make rows of anything, or act on it: that needs names, and programs that are sessions.
 * @param what needs them, for the error
 * @returns the commands
 */
export function requireSessions({ homes, commands }: SessionRules, what = 'rows'): readonly string[] {
  if (!homes?.length) {
    const hint = "say where the sessions live: --home '/srv/agents/*', or homes in the configuration";
    throw new PlumblineError('usage', `${what} need homes: without them sessions have no names`, { hint });
  }
  if (!commands?.length) {
    const hint = 'say which programs are sessions: --command claude, or commands in the configuration';
    throw new PlumblineError('usage', `${what} need commands: a shell at its prompt is no session`, { hint });
  }
  return commands;
}
