import { constants } from 'node:os';
import type { SessionClaim } from '../act/claim.ts';
import { claimVariables, runUnder } from '../act/run.ts';
import { PlumblineError } from '../model/errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';
import { escapeField } from './render/escape.ts';

/** As env, nice and the shells have it. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
const SIGNALLED = 128;

/** A command and its arguments; null where none was given. */
export type Words = readonly [string, ...string[]] | null;

/**
 * The command behind `--`.
 * @param words what commander has left of the command line, without the first `--`
 * @throws {PlumblineError} `usage` for a command without `--`: its options would be taken for plumb's
 */
export function commandIn(words: readonly string[], usage: string): Words {
  // Behind a name that needed a -- of its own there is another one.
  const [first, ...rest] = words[0] === '--' ? words.slice(1) : words;
  if (first === undefined) return null;
  if (globalThis.process.argv.includes('--')) return [first, ...rest];
  throw new PlumblineError('usage', `${first} stands without -- in front`, { hint: usage });
}

/** Runs a command under a claim, and tells what to end with: its own exit code. */
export async function underClaim(output: Output, claim: SessionClaim, words: NonNullable<Words>): Promise<number> {
  const { session } = claim;
  // A name that is not UTF-8 is told as it is printed, which every command takes for it.
  const printed = session.name.base64 === null ? {} : { PLUMBLINE_NAME: escapeField(session.name) };
  const env = { ...globalThis.process.env, ...claimVariables(session), ...printed };
  const end = await runUnder(claim, words, env);
  claim.release();
  if (end.kind === 'exited') return end.code;
  if (end.kind === 'killed') return SIGNALLED + constants.signals[end.signal];
  const [program] = words;
  output.problem({ code: 'command', message: `${program} cannot be run: ${end.errno}`, hint: '' });
  return end.errno === 'ENOENT' ? NOT_FOUND : NOT_RUNNABLE;
}

/**
 * Holds a claim until stdin closes or a signal comes, and tells what to end with.
 * @param tell says that it is held: whoever reads that may end it at once
 */
export async function holdClaim(claim: SessionClaim, tell: () => void): Promise<number> {
  const { stdin } = globalThis.process;
  const code = await new Promise<number>((resolve) => {
    globalThis.process.once('SIGINT', () => resolve(SIGNALLED + constants.signals.SIGINT));
    globalThis.process.once('SIGTERM', () => resolve(SIGNALLED + constants.signals.SIGTERM));
    for (const event of ['end', 'close', 'error']) stdin.once(event, () => resolve(EXIT.ok));
    stdin.resume();
    tell();
  });
  claim.release();
  // What else is typed is for whoever reads this stdin next.
  stdin.destroy();
  return code;
}
