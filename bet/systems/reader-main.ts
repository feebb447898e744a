// Asks one system each time that a line comes on stdin, and answers with a line. It ends with its input.
import readline from 'node:readline';
import type { Reading } from '../model.ts';
import { askOf } from './ask.ts';
import { type Ask, DEADLINE_MS } from './asker.ts';
import type { ReaderOrder } from './reader-order.ts';
import { clockMs, readingLine } from './reading-line.ts';

const ask = askOf(JSON.parse(process.argv[2] ?? '') as ReaderOrder);
for await (const _line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${readingLine(await readOnce(ask))}\n`);
}
// What was given up may still hold a connection.
process.exit();

/** One reading, which ends at the deadline whatever the system does. */
async function readOnce(ask: Ask): Promise<Reading> {
  const giveUp = new AbortController();
  const asked = clockMs();
  const late = new Promise<never>((_resolve, reject) => {
    giveUp.signal.addEventListener('abort', () => reject(new Error(`no answer in ${DEADLINE_MS} ms`)));
  });
  const timer = setTimeout(() => giveUp.abort(), DEADLINE_MS);
  const asking = ask(giveUp.signal);
  try {
    const answers = await Promise.race([asking, late]);
    return { asked, answered: clockMs(), answers };
  } catch (error) {
    // Whatever becomes of it later was told already.
    asking.catch(() => {});
    return { asked, answered: clockMs(), failure: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
