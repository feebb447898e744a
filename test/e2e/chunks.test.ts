/** What the start of every command loads: nothing of the relations, which are described at length. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';
import { PLUMB } from './plumb.ts';

const CHUNKS = path.join(path.dirname(PLUMB), 'chunks');

/** The pieces that have these words. */
function saying(words: string): string[] {
  const pieces = fs.readdirSync(CHUNKS).filter((file) => file.endsWith('.cjs'));
  return pieces.filter((file) => fs.readFileSync(path.join(CHUNKS, file), 'utf8').includes(words));
}

describe('the built command', () => {
  it('loads no relation before it is called for', () => {
    for (const { summary } of KERNEL_RELATIONS) {
      expect(saying(summary)).toHaveLength(1);
      expect(saying(summary)).not.toContain('start.cjs');
    }
  });
});
