import { TRANSPORTS, type Transport } from '../../act/choose-typing.ts';
import { type NudgeResult, nudge as typeLine } from '../../act/nudge.ts';
import { MOST_BYTES } from '../../act/nudge-text.ts';
import { PlumblineError } from '../../model/errors.ts';
import { isRefusal, type Refusal, refuse } from '../../model/refusal.ts';
import { ACTED } from '../../relations/acted.ts';
import { toWire } from '../../relations/wire.ts';
import { findToAct } from '../act-on.ts';
import { type Call, formatOf } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { endSignal } from '../end-signal.ts';
import { EXIT } from '../exit-codes.ts';
import { refused } from '../refused.ts';
import { escapeCell, escapeField } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { tsvLine } from '../render/tsv.ts';
import { standardInput } from '../standard-input.ts';

/** The options of `plumb nudge`, as commander gives them. */
export interface NudgeFlags {
  readonly transport?: string;
  readonly lineMode?: true;
  readonly paste?: true;
  readonly expect?: string;
  readonly enterDelay?: string;
  readonly timeout?: string;
}

/** What a shell says of a command that Ctrl-C has ended. */
const INTERRUPTED = 130;

const DELAYS: DurationLimits = { leastMs: 0, mostMs: 60_000, words: '0ms up to 1m' };
const TIMEOUTS: DurationLimits = { leastMs: 1, mostMs: 3_600_000, words: '1ms up to 1h' };

/** `plumb nudge NAME [TEXT]`: types a text, or what stands on stdin, and Enter into a session's terminal. */
export async function nudge(call: Call, name: string, word: string | undefined, flags: NudgeFlags): Promise<number> {
  const { output } = call;
  const options = {
    transport: transportOf(flags.transport),
    lineMode: flags.lineMode ?? false,
    paste: flags.paste ?? false,
    expect: expressionOf(flags.expect),
    ...(flags.enterDelay && { enterDelayMs: parseDuration(flags.enterDelay, '--enter-delay', DELAYS) }),
    ...(flags.timeout && { readWithinMs: parseDuration(flags.timeout, '--timeout', TIMEOUTS) }),
  };
  const text = word === undefined ? pipedText() : argument(word);
  if (isRefusal(text)) return refused(output, text);
  const found = await findToAct(call, name, 'nudges');
  if (typeof found === 'number') return found;
  const { session, commands, snapshot } = found;
  const signal = endSignal();
  const result = await typeLine(session, text, { ...options, commands, signal });
  if (isRefusal(result)) {
    const code = refused(output, result);
    // Called off before anything was typed: that is the caller's doing, and no answer.
    return signal.aborted ? INTERRUPTED : code;
  }
  if (formatOf(call) === 'json')
    output.data(answerJson(snapshot, { ...toWire(ACTED, session), ...wireOf(result) }, output.isTerminal));
  if (result.outcome === 'uncertain') {
    const hint = 'look at its pane before anything else is typed there';
    output.problem({ code: 'uncertain', message: `${escapeCell(session.name)}: ${result.message}`, hint });
    return EXIT.no;
  }
  const size = `${result.byteCount} bytes`;
  if (formatOf(call) === 'tsv') {
    output.data(tsvLine([escapeField(session.name), `${session.pid}`, result.transport, `${result.byteCount}`]));
  } else if (formatOf(call) === 'table') {
    output.data(
      `${escapeCell(session.name)} has read ${size} and Enter (pid ${session.pid}, by ${result.transport})\n`,
    );
  }
  return EXIT.ok;
}

function wireOf(result: Exclude<NudgeResult, { outcome: 'refused' }>) {
  const { outcome, transport, typed, byteCount, message } = result;
  return { outcome, transport, typed, byte_count: byteCount, message };
}

/** Node writes U+FFFD for what is not UTF-8 in an argument: that would be typed, and be another text. */
function argument(word: string): string {
  if (!word.includes('\uFFFD')) return word;
  throw new PlumblineError('usage', 'the text holds U+FFFD, which stands for bytes that are not UTF-8', {
    hint: 'give it on stdin, where it is taken byte by byte: … | plumb nudge NAME',
  });
}

/** All that stands on stdin, without the line's end that echo(1) puts there. */
function pipedText(): Uint8Array | Refusal {
  if (globalThis.process.stdin.isTTY) {
    throw new PlumblineError('usage', 'there is no text', { hint: "plumb nudge NAME 'TEXT', or … | plumb nudge NAME" });
  }
  const bytes = standardInput(MOST_BYTES + 1);
  if (bytes === null) return refuse('text', `the text has more than ${MOST_BYTES} bytes, which are the most`);
  return bytes.subarray(0, bytes.at(-1) === 0x0a ? -1 : undefined);
}

function transportOf(word: string | undefined): Transport | null {
  if (word === undefined) return null;
  const transport = TRANSPORTS.find((it) => it === word);
  if (transport) return transport;
  throw new PlumblineError('usage', `--transport ${word}: there is no such one`, { hint: TRANSPORTS.join(', ') });
}

function expressionOf(text: string | undefined): RegExp | null {
  if (text === undefined) return null;
  try {
    return new RegExp(text, 'mu');
  } catch (error) {
    const hint = "a JavaScript regular expression: '^> $'";
    throw new PlumblineError('usage', `--expect ${text}: ${(error as Error).message}`, { hint, cause: error });
  }
}
