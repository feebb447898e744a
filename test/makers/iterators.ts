import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { afterAll, beforeAll } from 'vitest';
import { readPin } from '../../src/kernel/bpf/read-iterator.ts';
import { mountBpfFs, mountsOn, pinOwn } from './pins.ts';

/** Iterators, pinned in a BPF file system that is the test's own. */
export interface PinnedIterators {
  readonly directory: string;
  readonly sessions: string;
  readonly sessionsText: string;
  readonly argumentsText: string;
}

const BOTH_FORMS = ['sessions', 'sessions_text'];

/** As it was built. */
export const OBJECT = new URL('../../dist/bpf/sessions.bpf.o', import.meta.url).pathname;

/** Pins iterators for the tests of a block: both forms, where no others are named. Does nothing where they are skipped. */
export function withIterators(canPin: boolean, names: readonly string[] = BOTH_FORMS): () => PinnedIterators {
  let pinned: PinnedIterators | null = null;
  beforeAll(async () => {
    if (canPin) pinned = await pinIterators(OBJECT, names);
  });
  afterAll(() => {
    if (pinned !== null) unpin(pinned);
  });
  return () => {
    if (pinned === null) throw new Error('no iterators are pinned');
    return pinned;
  };
}

/** Root, and a kernel that describes itself: else the tests are skipped before they ask for a pin. */
export const CAN_PIN =
  globalThis.process.getuid?.() === 0 && fs.existsSync('/sys/kernel/btf/vmlinux') && fs.existsSync(OBJECT);

/** Pins iterators of an object. */
export async function pinIterators(object: string, names: readonly string[]): Promise<PinnedIterators> {
  const directory = fs.realpathSync(fs.mkdtempSync(`${os.tmpdir()}/plumbline-pins-`));
  fs.rmdirSync(directory);
  mountBpfFs(directory);
  const pins = {
    directory,
    sessions: `${directory}/sessions`,
    sessionsText: `${directory}/sessions_text`,
    argumentsText: `${directory}/arguments_text`,
  };
  try {
    for (const name of names) await pinOwn(object, name, `${directory}/${name}`);
  } catch (error) {
    unpin(pins);
    throw error;
  }
  return pins;
}

/** Takes them away again, if they are there. */
export function unpin({ directory }: PinnedIterators): void {
  if (!fs.existsSync(directory)) return;
  for (const name of fs.readdirSync(directory)) {
    if (!name.endsWith('.debug')) fs.unlinkSync(`${directory}/${name}`);
  }
  for (const _ of mountsOn(directory)) execFileSync('umount', [directory]);
  fs.rmdirSync(directory);
}

/** One whole reading of a pin. */
export function readWhole(pin: string): Buffer {
  const read = readPin(pin);
  if (read.kind !== 'value') throw new Error(`${pin}: ${JSON.stringify(read)}`);
  return Buffer.from(read.value);
}
