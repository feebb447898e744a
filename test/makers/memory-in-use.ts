import v8 from 'node:v8';
import vm from 'node:vm';

let collect: (() => void) | undefined;

/** Lets go of everything in this program that can go. */
export function collectGarbage(): void {
  if (!collect) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc') as () => void;
  }
  collect();
}

/** What this program holds in memory after that, in bytes: its heap, and what is held outside it. */
export function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external, arrayBuffers } = globalThis.process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
