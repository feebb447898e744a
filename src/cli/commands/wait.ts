import { nearest } from '../../config/nearest.ts';
import { PlumblineError } from '../../model/errors.ts';
import { isRefusal } from '../../model/refusal.ts';
import { sessionOrTell } from '../act-on.ts';
import { type Call, formatOf, look } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isOneOf } from '../names.ts';
import { refused } from '../refused.ts';
import { escapeCell, escapeMessage } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { waitExit } from '../wait-exit.ts';
import type { WaitFor } from '../wait-for.ts';
import { waitIdle, waitOutput } from '../wait-rest.ts';

/** The options of `plumb wait`, as commander gives them. */
export interface WaitFlags {
  readonly for?: string;
  readonly timeout?: string;
}

/** What can be waited for, by the word that says so. */
const WAITS: Readonly<Record<string, WaitFor>> = {
  exit: waitExit,
  idle: waitIdle,
  output: waitOutput,
};

const TIMEOUTS: DurationLimits = { leastMs: 1, mostMs: 2_147_483_647, words: '1ms up to 24d' };

/** `plumb wait NAME --for WORD`: waits until that has happened to the session. */
export async function wait(call: Call, name: string, flags: WaitFlags): Promise<ExitCode> {
  const { output } = call;
  const waiting = waitFor(flags.for);
  const timeoutMs = flags.timeout === undefined ? null : parseDuration(flags.timeout, '--timeout', TIMEOUTS);
  const found = await look(call, { proveAbsence: isOneOf([name]), identifyPrograms: true }, waiting.check);
  const session = sessionOrTell(call, found, name);
  if (typeof session === 'number') return session;
  const waited = await waiting.wait(session, found.settings, timeoutMs);
  if (isRefusal(waited)) return refused(output, waited);
  if (waited.outcome === 'timeout') {
    const instead = waited.instead === null ? '' : `; ${escapeMessage(waited.instead)}`;
    const message = `${escapeCell(session.name)}: no ${flags.for} in ${flags.timeout}${instead}`;
    output.problem({ code: 'timeout', message, hint: '' });
    return EXIT.no;
  }
  const format = formatOf(call);
  if (format === 'json') {
    const content = { outcome: waited.outcome, ...waited.wire };
    output.data(answerJson(found.snapshot, content, output.isTerminal));
  } else {
    output.data(format === 'tsv' ? waited.tsv : `${waited.line}\n`);
  }
  return EXIT.ok;
}

function waitFor(word: string | undefined): WaitFor {
  const words = Object.keys(WAITS);
  const known = word === undefined || !Object.hasOwn(WAITS, word) ? undefined : WAITS[word];
  if (known) return known;
  const meant = word === undefined ? null : nearest(word, words);
  throw new PlumblineError('usage', word === undefined ? 'wait for what?' : `--for ${word}: nothing is called so`, {
    hint: meant === null ? `--for ${words.join(', --for ')}` : `did you mean --for ${meant}?`,
  });
}
