import { runInNewContext } from 'node:vm';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Typing } from '../panes/typing.ts';

/** An expression that goes back and forth for longer would hold the terminal's lock, and hear no Ctrl-C. */
const LONGEST_MATCH_MS = 1000;

/**
 * Whether a pane shows what the caller expects there.
 * @param expect null: anything
 * @returns why not; null where it does
 */
export async function refuseUnexpected(typing: Typing, expect: RegExp | null): Promise<Refusal | null> {
  if (expect === null) return null;
  const lines = await typing.lastLines();
  if (isRefusal(lines)) return lines;
  if (lines === null) {
    const hint = 'tmux does: leave --transport out where tmux shows the session';
    return refuse('unexpected', `${typing.transport} does not tell what the pane shows`, { hint });
  }
  const matches = matchInTime(expect, lines);
  if (matches === true) return null;
  const shown = lines.split('\n').slice(-3).join('\n');
  const evidence = [{ fact: 'the last lines of its pane', source: typing.transport, value: shown, check: null }];
  const why =
    matches === null ? `were not compared with ${expect} in ${LONGEST_MATCH_MS} ms` : `do not match ${expect}`;
  return refuse('unexpected', `the pane's last lines ${why}`, { evidence });
}

/** What is on the screen is the session's to choose. @returns null where it takes too long */
function matchInTime(expect: RegExp, lines: string): boolean | null {
  const pattern = new RegExp(expect, expect.flags.replace(/[gy]/g, ''));
  try {
    return runInNewContext('pattern.test(lines)', { pattern, lines }, { timeout: LONGEST_MATCH_MS }) === true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}
