import fs from 'node:fs';
import { EXIT } from './exit-codes.ts';

/** stdout or stderr. */
export type Descriptor = 1 | 2;

/**
 * Writes to a standard stream, whole and at once.
 * Node's own streams are asked for only where a descriptor does not take everything now: they load node:net, which
 * costs more than the rest of a short answer. A reader that has gone (`plumb list | head -1`) has had what it wanted,
 * so that ends the command, quietly.
 */
export function writeTo(descriptor: Descriptor, text: string): void {
  const bytes = Buffer.from(text);
  let written = waiting.has(descriptor) ? null : 0;
  try {
    while (written !== null && written < bytes.length) written += fs.writeSync(descriptor, bytes, written);
    if (written === null) streamOf(descriptor).write(bytes);
  } catch (error) {
    // What node:fs throws for a call that failed has the errno as its code; of anything else the message is told.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') waitFor(descriptor, bytes.subarray(written ?? 0));
    else endWithout(descriptor, code ?? message);
  }
}

/** Whether a person sees what is written to a standard stream. */
export function isTerminal(descriptor: Descriptor): boolean {
  return fs.fstatSync(descriptor).isCharacterDevice() && streamOf(descriptor).isTTY === true;
}

/** Streams that could not take everything at once: what follows has to queue behind. */
const waiting = new Set<Descriptor>();

function waitFor(descriptor: Descriptor, rest: Uint8Array): void {
  waiting.add(descriptor);
  const stream = streamOf(descriptor);
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => endWithout(descriptor, code ?? message));
  stream.write(rest);
}

function streamOf(descriptor: Descriptor): NodeJS.WriteStream {
  return descriptor === 1 ? globalThis.process.stdout : globalThis.process.stderr;
}

/**
 * There is nobody to tell, or no way to. What stderr would have said is lost, and the exit code says it all the same;
 * without its answer the program ends here, the only place where it is ended from within.
 */
function endWithout(descriptor: Descriptor, errno: string): void {
  if (descriptor === 2) return;
  if (errno === 'EPIPE') globalThis.process.exit(EXIT.ok);
  writeTo(2, `plumb: cannot write the answer: ${errno}\n`);
  globalThis.process.exit(EXIT.usage);
}
