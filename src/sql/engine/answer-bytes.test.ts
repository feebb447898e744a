import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backend } from '../protocol/backend.ts';
import { AnswerBytes } from './answer-bytes.ts';

const ready = backend.readyForQuery('I');

describe('AnswerBytes', () => {
  it('puts together what comes in pieces, however it was cut', () => {
    const bytes = new AnswerBytes();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100_000 }), { maxLength: 8 }), (pieces) => {
        bytes.begin(Number.POSITIVE_INFINITY);
        for (const piece of [...pieces, ready.subarray(0, 2), ready.subarray(2)]) bytes.add(piece);
        expect(bytes.takeReady()).toBe(true);
        expect(Buffer.compare(bytes.take(), Buffer.concat(pieces))).toBe(0);
      }),
    );
  });

  it('allows as much as was said, beside what ends it, and not a byte more', () => {
    const bytes = new AnswerBytes();
    bytes.begin(10);
    expect(bytes.add(new Uint8Array(10))).toBe(true);
    expect(bytes.add(ready)).toBe(true);
    expect(bytes.isTooLong).toBe(false);
    bytes.begin(10);
    expect(bytes.add(new Uint8Array(17))).toBe(false);
    expect(bytes.add(new Uint8Array(1))).toBe(false);
    expect(bytes.isTooLong).toBe(true);
    bytes.begin(10);
    expect(bytes.isTooLong).toBe(false);
  });

  it('knows an answer without its end', () => {
    const bytes = new AnswerBytes();
    bytes.begin(100);
    expect(bytes.takeReady()).toBe(false);
    bytes.add(new Uint8Array(20));
    expect(bytes.takeReady()).toBe(false);
  });

  it('gives bytes that stay when the next answer comes', () => {
    const bytes = new AnswerBytes();
    bytes.begin(100);
    bytes.add(Buffer.from('first'));
    const first = bytes.take();
    bytes.begin(100);
    bytes.add(Buffer.from('other'));
    expect(Buffer.from(first).toString()).toBe('first');
    expect(first.buffer.byteLength).toBe(5);
    bytes.begin(1 << 24);
    bytes.add(Buffer.alloc(1 << 23, 'a'));
    const large = bytes.take();
    bytes.begin(1 << 24);
    bytes.add(Buffer.alloc(1 << 23, 'b'));
    expect([large.length, large[0], large.at(-1)]).toEqual([1 << 23, 97, 97]);
  });
});
