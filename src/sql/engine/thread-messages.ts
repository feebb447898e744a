import type { WarmUp } from './warm-up.ts';

/** What a thread is started with. */
export interface ThreadStart {
  /** The file of the packed data directory that every engine starts from. */
  readonly template: string;
  /** The live tables in it. */
  readonly tables: readonly string[];
  readonly timeZone: string;
  /** What it does while nobody asks it anything. */
  readonly warmUp: WarmUp;
  /** What a thread before has compiled. */
  readonly code: WebAssembly.Module | null;
}

/** Where a piece stands in the memory that both threads see. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What a thread is to run. All bytes stand in `memory`, which is not touched until it has answered. */
export interface ThreadRequest {
  readonly memory: SharedArrayBuffer;
  readonly before: readonly Piece[];
  readonly frames: Piece;
  readonly contents: readonly (readonly [table: string, piece: Piece])[];
  readonly maxBytes: number;
}

/** What a thread says. */
export type ThreadReply =
  | { readonly kind: 'ready'; readonly code: WebAssembly.Module }
  | {
      readonly kind: 'answer';
      readonly frames: Uint8Array;
      readonly done: number;
      /** Bytes of memory that Postgres has. */
      readonly memory: number;
    }
  | { readonly kind: 'too_much'; readonly done: number; readonly memory: number }
  /** It cannot go on. */
  | { readonly kind: 'died'; readonly why: string };
