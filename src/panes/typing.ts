import type { Refusal } from '../model/refusal.ts';

/** What became of typing: it was handed over, it was not, or that is not known. */
export type Typed = { readonly kind: 'typed' } | Refusal | { readonly kind: 'uncertain'; readonly why: string };

/** A way to type into a session's terminal. Each step checks by itself that it is still the same pane or terminal. */
export interface Typing {
  /** `tmux`, `screen`, `direct`. */
  readonly transport: string;
  /** The most bytes that one text may have; null where there is no limit of its own. */
  readonly mostBytes: number | null;
  /** Takes note of what is in front, where that can be had. What is typed from then on is typed only if it still is. */
  prepare?(): Promise<void>;
  /** Types bytes as they are. */
  type(bytes: Uint8Array): Promise<Typed>;
  /** Presses Enter. */
  enter(): Promise<Typed>;
  /** The last lines that the pane shows, without what is empty below them; null where they cannot be had. */
  lastLines(): Promise<string | Refusal | null>;
  close(): void;
}
