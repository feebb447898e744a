// Throws away what was typed into its own terminal, and says what came of it: `discard-main`.
import { loadTty } from '../../src/kernel/native/tty.ts';

const tty = await loadTty();
globalThis.process.stdout.write(`discarded: ${tty.discardInput(0).kind}\n`);
