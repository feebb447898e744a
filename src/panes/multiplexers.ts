import type { ByteString } from '../model/text.ts';
import type { Multiplexer } from './multiplexer.ts';
import { screen } from './screen.ts';
import { tmux } from './tmux.ts';

/** Every multiplexer that plumbline knows: a further one is a file beside these and a word here. */
export const MULTIPLEXERS = [tmux, screen] as const satisfies readonly Multiplexer[];

/** The name of one. */
export type MultiplexerName = (typeof MULTIPLEXERS)[number]['name'];

/** The one of a name; undefined for every other name. */
export function multiplexerOf(name: string): Multiplexer | undefined {
  return MULTIPLEXERS.find((it) => it.name === name);
}

/** Whether a process calls itself as the server of a multiplexer does. */
export function isCalledServer(comm: ByteString): boolean {
  return MULTIPLEXERS.some((it) => it.mayBe(comm));
}
