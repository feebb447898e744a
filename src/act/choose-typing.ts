import type { PaneSight } from '../model/pane.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { RunClient } from '../panes/client.ts';
import { MULTIPLEXERS, type MultiplexerName, multiplexerOf } from '../panes/multiplexers.ts';
import type { Typing } from '../panes/typing.ts';
import { type DirectCalls, directTyping } from './direct-typing.ts';

/** The ways by which a line may be typed. */
export const TRANSPORTS: readonly Transport[] = [...MULTIPLEXERS.map(({ name }) => name), 'direct'];

/** One of them: through a multiplexer, or into the terminal itself. */
export type Transport = MultiplexerName | 'direct';

/** What a way is chosen by. */
export interface TypingWish {
  /** Null: the one that can be checked best. */
  readonly transport: Transport | null;
  readonly byteCount: number;
  /** A line lies in the terminal until Enter, so nothing may come between the check and Enter. */
  readonly lineMode: boolean;
  readonly run: RunClient;
  readonly calls: DirectCalls;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Chooses how to type. A multiplexer that checks and types in one step (tmux) is taken where it shows the session; else the
 * terminal itself, and one that tells nothing of what became of a text (screen) where that is not allowed or the text is
 * too long.
 * Whole lines go into the terminal itself where that is allowed: from the check to Enter it is microseconds there, and
 * milliseconds by a client.
 */
export function chooseTyping(sight: PaneSight, wish: TypingWish): Typing | Refusal {
  const typing = wish.transport === null ? choose(sight, wish) : open(wish.transport, sight, wish);
  if (isRefusal(typing) || typing.mostBytes === null || wish.byteCount <= typing.mostBytes) return typing;
  typing.close();
  const what = `the text has ${wish.byteCount} bytes, and ${typing.transport} types ${typing.mostBytes} at most`;
  return refuse('text', what, { hint: 'put it into a file, and type its name' });
}

function choose(sight: PaneSight, wish: TypingWish): Typing | Refusal {
  const shownBy = sight.kind === 'pane' ? multiplexerOf(sight.pane.multiplexer) : undefined;
  if (shownBy?.checksAsItTypes && !wish.lineMode) return open(shownBy.name, sight, wish);
  const direct = open('direct', sight, wish);
  const isTooLong = !isRefusal(direct) && direct.mostBytes !== null && wish.byteCount > direct.mostBytes;
  if (!shownBy || !(isRefusal(direct) || isTooLong)) return direct;
  if (!isRefusal(direct)) direct.close();
  return open(shownBy.name, sight, wish);
}

function open(transport: string, sight: PaneSight, { run, calls, signal }: TypingWish): Typing | Refusal {
  if (transport === 'direct') {
    const own = sight.links[0];
    if (own) return directTyping(own, calls);
    const why = sight.kind === 'pane' ? 'the descriptors of its multiplexer may not be read' : sight.why;
    const reason = sight.kind === 'none' ? 'no_pane' : 'unseen';
    return refuse(reason, `nobody is known to hold its terminal: ${why}`, { hint: 'run plumb as root' });
  }
  if (sight.kind !== 'pane') {
    if (sight.kind === 'unknown') return refuse('unseen', `what shows its terminal is unknown: ${sight.why}`);
    const hint = '--transport direct types into the terminal itself';
    return refuse('no_pane', `no multiplexer shows its terminal: ${sight.why}`, { hint });
  }
  const { pane } = sight;
  const multiplexer = pane.multiplexer === transport ? multiplexerOf(transport) : undefined;
  if (!multiplexer) return refuse('no_pane', `it is ${pane.multiplexer} that shows its terminal`);
  return multiplexer.typing(pane, run, signal);
}
