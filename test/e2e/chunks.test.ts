/** What the start of every command loads: nothing of the relations, which are described at length. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';
import { PLUMB } from './plumb.ts';

const CHUNKS = path.join(path.dirname(PLUMB), 'chunks');

/** A chunk and all that it requires at once: what it imports when it is called for has other names. */
function loadedWith(chunk: string, known = new Map<string, string>()): Map<string, string> {
  if (known.has(chunk)) return known;
  const text = fs.readFileSync(path.join(CHUNKS, chunk), 'utf8');
  known.set(chunk, text);
  for (const [, next = ''] of text.matchAll(/require\("\.\/(chunk-[^"]+)"\)/g)) loadedWith(next, known);
  return known;
}

const entry = (name: string) =>
  fs.readdirSync(CHUNKS).find((file) => file.startsWith(`${name}-`) && file.endsWith('.cjs'));

describe('the built command', () => {
  it('loads no relation before it is called for', () => {
    const started = [...loadedWith(entry('main') ?? '').values()].join('');
    const later = [...loadedWith(entry('described') ?? '').values()].join('');
    for (const { summary } of KERNEL_RELATIONS) {
      expect(started).not.toContain(summary);
      expect(later).toContain(summary);
    }
  });
});
