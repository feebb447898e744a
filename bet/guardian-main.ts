// Waits for the end of whoever has started the bet, however that comes, and clears up after it: `guardian-main PLAN`.
import fs from 'node:fs';
import { endAll } from './end-all.ts';

const { roots, directory } = JSON.parse(process.argv[2] ?? '') as {
  readonly roots: readonly string[];
  readonly directory: string;
};
// Nothing but the end of its standard input ends it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
fs.closeSync(1);
process.stdin.on('error', () => {}).resume();
process.stdin.once('close', () => void endAll(roots, directory));
