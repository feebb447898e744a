import type { SqlError } from '../sql-error.ts';
import type { EngineAnswer } from './engine-answer.ts';
import type { RowRange, RowsThere } from './position.ts';

/** All rows of a query, kept as the messages that they are sent as. */
export class HeldRows implements RowsThere {
  readonly failure: SqlError | null;
  /** What the query's own CommandComplete says: `SELECT 3`, `EXPLAIN`. */
  readonly tag: string;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;

  constructor(answer: Pick<EngineAnswer, 'bytes' | 'rows' | 'tags' | 'failure'>) {
    this.#bytes = answer.bytes;
    this.#starts = Uint32Array.from(answer.rows);
    this.failure = answer.failure;
    this.tag = answer.tags.at(-1) ?? '';
  }

  /** After all rows have been told: what is told of a query that is asked for more. */
  static none(tag: string): HeldRows {
    return new HeldRows({ bytes: new Uint8Array(), rows: [], tags: [tag], failure: null });
  }

  get count(): number {
    return this.#starts.length;
  }

  /** What keeping them takes. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#starts.byteLength;
  }

  /** The messages of these rows, in as few pieces as they stand in. */
  slice({ first, last }: RowRange): Uint8Array[] {
    if (first > last) return this.#backwards(first, last);
    const pieces: Uint8Array[] = [];
    let from = this.#start(first);
    let end = from;
    for (let row = first; row <= last; row++) {
      const start = this.#start(row);
      if (start !== end) {
        pieces.push(this.#bytes.subarray(from, end));
        from = start;
      }
      end = this.#end(start);
    }
    pieces.push(this.#bytes.subarray(from, end));
    return pieces;
  }

  #backwards(first: number, last: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let row = first; row >= last; row--) {
      const start = this.#start(row);
      pieces.push(this.#bytes.subarray(start, this.#end(start)));
    }
    return pieces;
  }

  #start(row: number): number {
    return this.#starts[row - 1] as number;
  }

  #end(start: number): number {
    return start + 1 + new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start + 1, 4).getUint32(0);
  }
}

/** How many rows that is. */
export function rowsIn(range: RowRange | null): number {
  return range === null ? 0 : Math.abs(range.last - range.first) + 1;
}
