import { liveMachine } from '../kernel/machine.ts';
import { loadReadWatches } from '../kernel/native/inotify.ts';
import { loadPidfds } from '../kernel/native/pidfd.ts';
import { loadTty } from '../kernel/native/tty.ts';
import { type OpenTerminal, openTerminal } from '../kernel/open-terminal.ts';
import type { Evidence } from '../model/evidence.ts';
import { describeMissing } from '../model/outcome.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { type RunClient, runClient } from '../panes/client.ts';
import { paneEvidence } from '../panes/evidence.ts';
import { PaneFinder } from '../panes/finder.ts';
import { chooseTyping, type Transport } from './choose-typing.ts';
import { deliver } from './deliver.ts';
import { refuseUnexpected } from './expected.ts';
import { holdLinks } from './held-links.ts';
import { type HeldSession, type HoldOptions, holdSession } from './hold.ts';
import { typedBytes } from './nudge-text.ts';
import { lockTerminal } from './terminal-lock.ts';

/** How to nudge. */
export interface NudgeOptions extends HoldOptions {
  /** Which way to type; null or left out: tmux where it shows the session, else the terminal itself, else screen. */
  readonly transport?: Transport | null;
  /** Type although the terminal hands over whole lines: the program reads lines on purpose. Default false. */
  readonly lineMode?: boolean;
  /** Type as one bracketed paste, which may have several lines: the program is known to take it. Default false. */
  readonly paste?: boolean;
  /** What the pane's last lines must show; null or left out: anything. Needs tmux. */
  readonly expect?: RegExp | null;
  /** How long to wait between the text and Enter. Default 200 ms: programs take what comes faster for a paste. */
  readonly enterDelayMs?: number;
  /** How long the program may read nothing while there is something to read. Default 5000 ms. */
  readonly readWithinMs?: number;
  /** How long to wait while somebody else types into the same terminal. Default 30000 ms. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** Runs a multiplexer's client. Default: a child process. */
  readonly run?: RunClient;
}

/** What became of a nudge. */
export type NudgeResult =
  | {
      /** `delivered`: the session has read the text and Enter. `uncertain`: see `message`. */
      readonly outcome: 'delivered' | 'uncertain';
      /** `tmux`, `screen`, `direct`. */
      readonly transport: string;
      /** What was typed: of something uncertain it may not all have arrived. */
      readonly typed: 'text' | 'text_and_enter';
      readonly byteCount: number;
      readonly message: string;
      /** How the terminal was found. */
      readonly evidence: readonly Evidence[];
    }
  | Refusal;

const DEFAULTS = { enterDelayMs: 200, readWithinMs: 5000, patienceMs: 30_000 };

/**
 * Types a text and Enter into a session's terminal, if it is certain that the session, and nobody else, will read it.
 * Everything is verified at the moment of acting, and again before Enter. The kernel cannot see what a program asks:
 * a dialog that Enter would confirm looks like any other prompt, so `expect` says what must be on the screen.
 *
 * Needs: koffi; the right to open the session's terminal and to look into it (its user, or root)
 * @param session as a look with `identifyPrograms` has found it
 * @returns `delivered` only when it was read; refused without anything typed; else `uncertain`
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function nudge(session: Session, text: string | Uint8Array, options: NudgeOptions): Promise<NudgeResult> {
  const bytes = typedBytes(text, { paste: options.paste ?? false, lineMode: options.lineMode ?? false });
  if (isRefusal(bytes)) return bytes;
  const held = await holdSession(session, options);
  if (isRefusal(held)) return held;
  try {
    return await nudgeHeld(held, bytes, options);
  } finally {
    held.close();
  }
}

async function nudgeHeld(held: HeldSession, bytes: Uint8Array, options: NudgeOptions): Promise<NudgeResult> {
  const { terminal } = held.session;
  if (terminal === null) return refuse('detached', `${held.session.name.text} has no terminal to type into`);
  const opened = openTerminal(held.proc, terminal);
  if (opened.kind !== 'value') {
    const reason = opened.kind === 'denied' ? 'denied' : opened.kind === 'gone' ? 'changed' : 'unseen';
    const hint = reason === 'denied' ? 'run plumb as the user of the session, or as root' : '';
    return refuse(reason, `its terminal ${terminal.name} cannot be opened: ${describeMissing(opened)}`, { hint });
  }
  try {
    const { signal } = options;
    const busy = await lockTerminal(opened.value, { patienceMs: options.patienceMs ?? DEFAULTS.patienceMs, signal });
    return busy ?? (await nudgeLocked(held, opened.value, bytes, options));
  } finally {
    opened.value.close();
  }
}

async function nudgeLocked(
  held: HeldSession,
  terminal: OpenTerminal,
  bytes: Uint8Array,
  options: NudgeOptions,
): Promise<NudgeResult> {
  const machine = options.machine ?? liveMachine();
  const { procfs } = machine;
  const { signal, run = runClient } = options;
  // What the look has found is verified anew: the holders below, and the pane by its server when it types.
  const sight = held.session.pane ?? (await new PaneFinder({ procfs, run, signal }).find(held.session));
  if (sight === null) return refuse('detached', `${held.session.name.text} has no terminal any more`);
  const calls = { pidfds: await loadPidfds(), tty: await loadTty() };
  const lineMode = options.lineMode ?? false;
  const wish = { transport: options.transport ?? null, byteCount: bytes.length, lineMode, run, calls, signal };
  const links = holdLinks(procfs, sight.links);
  if (isRefusal(links)) return links;
  const typing = chooseTyping(sight, wish);
  const reads = (await loadReadWatches())(terminal.path);
  try {
    if (isRefusal(typing)) return typing;
    if (reads.kind !== 'value') return refuse('unseen', `its terminal cannot be watched: ${describeMissing(reads)}`);
    const unexpected = await refuseUnexpected(typing, options.expect ?? null);
    if (unexpected) return unexpected;
    const delivered = await deliver({
      ...{ machine, held, terminal, links, tty: calls.tty, lineMode, typing, bytes, reads: reads.value, signal },
      enterDelayMs: options.enterDelayMs ?? DEFAULTS.enterDelayMs,
      readWithinMs: options.readWithinMs ?? DEFAULTS.readWithinMs,
    });
    if (isRefusal(delivered)) return delivered;
    const common = { transport: typing.transport, byteCount: bytes.length, evidence: paneEvidence(sight) };
    if (delivered.outcome === 'uncertain') return { ...common, ...delivered };
    return { ...common, outcome: 'delivered', typed: 'text_and_enter', message: 'the text and Enter were read' };
  } finally {
    if (!isRefusal(typing)) typing.close();
    if (reads.kind === 'value') reads.value.close();
    for (const link of links) link.close();
  }
}
