import { setTimeout as sleep } from 'node:timers/promises';
import { parseOutcome } from '../kernel/attempt.ts';
import type { ReadWatch } from '../kernel/native/inotify.ts';
import { parseReadBytes } from '../kernel/parse/proc-io.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import { readProgramImage } from '../kernel/program-image.ts';
import { describeMissing, valueOrNull } from '../model/outcome.ts';
import { isEnding, type ProcessStat } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Typed, Typing } from '../panes/typing.ts';
import { type Readiness, refuseOrphans, verifyReady } from './readiness.ts';
import { whyNotItself } from './still-in-front.ts';

/** What is to be delivered, and how patiently. */
export interface Delivery extends Readiness {
  readonly typing: Typing;
  readonly bytes: Uint8Array;
  /** Told when any program reads from the session's terminal. */
  readonly reads: ReadWatch;
  /** How long to wait between the text and Enter: a TUI takes what comes faster for a paste. */
  readonly enterDelayMs: number;
  /** How long the program may read nothing, while there is something to read. */
  readonly readWithinMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What became of it. */
export type Delivered =
  /** The text and Enter were typed and read. */
  | { readonly outcome: 'delivered' }
  /** Something was typed, and not all of it is known to have been read. */
  | { readonly outcome: 'uncertain'; readonly typed: 'text' | 'text_and_enter'; readonly message: string }
  | Refusal;

const PAUSE_MS = 2;
/** How often a step is tried where the program in front seems to be another one. */
const MOST_TRIES = 3;
const CLOSE_WATCH_MS = 3;
const CR = 0x0d;

/**
 * Types a text, and then Enter: in two steps, with everything verified again between them.
 * Without Enter a text does no harm where it should not have gone. So Enter is pressed only when the session has read
 * the text: its terminal was read from, nothing is left in it, and the process has read that many bytes. What goes
 * wrong after the text was typed is `uncertain`, and what is still unread is thrown away.
 */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  const { typing, bytes, signal } = delivery;
  // Several lines are lines already without the last Enter.
  if (bytes.includes(CR)) await typing.prepare?.();
  const first = refuseOrphans(delivery) ?? verifyReady(delivery);
  if (isRefusal(first)) return first;
  const unread = unreadBytes(delivery);
  if (unread === null) return refuse('unseen', 'whether its terminal has unread input may not be read');
  if (unread > 0) {
    const hint = 'it does not read, or somebody is typing: wait until it does';
    return refuse('busy', `${unread} bytes that were typed before are still unread`, { hint });
  }
  const before = readBytes(delivery);
  if (before === null) return refuse('unseen', 'how much it reads may not be seen (/proc/<pid>/io)');
  const image = readProgramImage(delivery.held.proc);
  if (image.kind !== 'value') return refuse('unseen', `its program may not be seen: ${describeMissing(image)}`);
  if (signal?.aborted) return refuse('busy', 'it was called off');
  delivery.reads.wasRead();
  const text = await typeText(delivery);
  if (isRefusal(text)) return text;
  if (text.kind !== 'typed') return uncertainText(delivery, text.why, 'may have been');
  const arrived = await textArrives(delivery, before + BigInt(bytes.length));
  if (arrived !== null) return uncertainText(delivery, arrived);
  const notPressed = await pressEnter(delivery, image.value);
  if (notPressed !== null) return notPressed;
  watchClosely(delivery);
  const unseen =
    (await whyUnread(delivery, before + BigInt(bytes.length) + 1n)) ??
    whyNotItself(delivery.held.proc, delivery.machine.procfs, image.value);
  return unseen === null ? { outcome: 'delivered' } : uncertainEnter(delivery, unseen);
}

/**
 * Types the text. Where the pane refuses it because of something that has happened to the session, that is the reason;
 * and where the program in front has only got another name, it is typed again.
 */
async function typeText(delivery: Delivery): Promise<Typed> {
  for (let tries = 1; ; tries++) {
    const typed = await delivery.typing.type(delivery.bytes);
    if (!isRefusal(typed)) return typed;
    const now = verifyReady(delivery);
    if (isRefusal(now)) return now;
    if (typed.reason !== 'background' || tries === MOST_TRIES) return typed;
  }
}

/**
 * Verifies everything again, and presses Enter. Where the pane's server says that another program is in front, it may
 * only have got another name: then it is verified once more.
 * @returns null when it was pressed
 */
async function pressEnter(delivery: Delivery, image: string): Promise<Delivered | null> {
  const { typing, held, reads, signal } = delivery;
  const orphan = refuseOrphans(delivery);
  if (orphan !== null) return uncertainText(delivery, orphan.message);
  for (let tries = 1; ; tries++) {
    if (valueOrNull(readProgramImage(held.proc)) !== image)
      return uncertainText(delivery, 'it has started a program anew, in place');
    if (signal?.aborted) return uncertainText(delivery, 'it was called off');
    reads.wasRead();
    const again = verifyReady(delivery);
    if (isRefusal(again)) return uncertainText(delivery, again.message);
    const enter = await typing.enter();
    if (isRefusal(enter)) {
      if (enter.reason === 'background' && tries < MOST_TRIES) continue;
      // Where it was refused it was not pressed.
      return uncertainText(delivery, enter.message);
    }
    return enter.kind === 'typed' ? null : uncertainEnter(delivery, enter.why, 'the text was typed, and Enter maybe');
  }
}

/**
 * Looks without a pause until Enter was read, for a moment: a program that waits for it reads it in some tenths of a
 * millisecond. If the session ends or is stopped before that, whoever reads there next, a shell that gets its terminal
 * back, would read it. So it is thrown away in the same moment.
 */
function watchClosely(delivery: Delivery): void {
  const { held, tty, terminal } = delivery;
  const until = performance.now() + CLOSE_WATCH_MS;
  while (unreadBytes(delivery) !== 0 && performance.now() < until) {
    const stat = readHeldStat(held.proc);
    if (stat.kind === 'value' && wouldRead(stat.value)) continue;
    tty.discardInput(terminal.fd);
    return;
  }
}

function wouldRead(stat: ProcessStat): boolean {
  return !isEnding(stat) && stat.state !== 'T' && stat.state !== 't' && stat.tpgid === stat.pgid;
}

/** Waits until the text has been read, and at least the delay. Whole lines are read only after Enter. */
async function textArrives(delivery: Delivery, wanted: bigint): Promise<string | null> {
  const { enterDelayMs, tty, terminal, lineMode, signal } = delivery;
  const started = performance.now();
  const mode = valueOrNull(tty.mode(terminal.fd));
  // Where that was not asked for it has gone into line mode since it was verified: then nobody reads it.
  const isLater = lineMode && mode?.canonical === true;
  const unseen = isLater ? null : await whyUnread(delivery, wanted);
  if (unseen !== null) return unseen;
  const left = enterDelayMs - (performance.now() - started);
  if (left > 0) await sleep(left, undefined, { ...(signal && { signal }) }).catch(() => {});
  const unread = unreadBytes(delivery);
  return unread === 0 ? null : 'something was typed into its terminal meanwhile';
}

/**
 * Waits until it has been read: the terminal was read from, nothing is left in it, and the process has read so much.
 * @returns null, or why it is not known to have been
 */
async function whyUnread(delivery: Delivery, wanted: bigint): Promise<string | null> {
  const { readWithinMs, signal, reads } = delivery;
  let wasRead = false;
  for (let deadline = performance.now() + readWithinMs; ; ) {
    if (reads.wasRead()) {
      wasRead = true;
      deadline = performance.now() + readWithinMs;
    }
    const now = readBytes(delivery);
    if (now === null) return 'its process ended before it was seen to be read';
    if (wasRead && now >= wanted && unreadBytes(delivery) === 0) return null;
    if (signal?.aborted) return 'it was called off before it was seen to be read';
    if (performance.now() > deadline) return `it was not seen to be read within ${readWithinMs} ms`;
    await sleep(PAUSE_MS);
  }
}

function unreadBytes({ tty, terminal }: Delivery): number | null {
  return valueOrNull(tty.unread(terminal.fd));
}

function readBytes({ held }: Delivery): bigint | null {
  return valueOrNull(parseOutcome(held.proc.read('io'), parseReadBytes));
}

function uncertainText(delivery: Delivery, why: string, was = 'was'): Delivered {
  const message = `the text ${was} typed, and Enter was not pressed: ${why}; ${discard(delivery)}`;
  return { outcome: 'uncertain', typed: 'text', message };
}

function uncertainEnter(delivery: Delivery, why: string, what = 'the text and Enter were typed'): Delivered {
  const message = `${what}: ${why}; ${discard(delivery)}`;
  return { outcome: 'uncertain', typed: 'text_and_enter', message };
}

/**
 * What nobody has read yet would be read by whoever comes next. It may lie in a terminal further out as well, whose
 * holder has not handed it on: those first.
 */
function discard({ tty, terminal, links }: Delivery): string {
  for (const link of links.toReversed()) link.discard(tty);
  return tty.discardInput(terminal.fd).kind === 'value' ? 'what was unread is thrown away' : 'it may be unread';
}
