import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from './run.ts';
import { parseScript } from './script.ts';
import { memoryShelf } from './shelf.ts';

const DIRECTORY = path.join(import.meta.dirname, '../fixtures/reconcile');

describe('plan() makes the rows say what the kernel says', () => {
  it.each(fs.readdirSync(DIRECTORY))('%s', async (file) => {
    const place = path.join(DIRECTORY, file);
    const text = fs.readFileSync(place, 'utf8');
    const script = parseScript(text);
    const told = await runScript(script, memoryShelf());
    if (globalThis.process.env['UPDATE_STORIES']) {
      fs.writeFileSync(place, text.replace(/^expect\n[\s\S]*/m, `expect\n${told}\n`));
    } else expect(told).toBe(script.expected);
  });
});
