import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { loadLibbpf } from '../../src/kernel/bpf/libbpf.ts';
import { loadIterator } from '../../src/kernel/bpf/load-iterator.ts';
import { objectFile } from '../../src/kernel/bpf/object-file.ts';
import type { PinName } from '../../src/kernel/bpf/pins.ts';
import { openPin, type TaskFile } from '../../src/kernel/bpf/task-file.ts';
import { liveTasks } from '../../src/kernel/bpf/task-source.ts';
import { liveMachine, type Machine } from '../../src/kernel/machine.ts';
import { value } from '../../src/model/outcome.ts';

/**
 * Pins the iterator where no other test does, until this one has finished.
 * @param group who may read it, besides root
 * @param names the programs of the object that are pinned
 * @returns the directory that it is pinned in
 */
export async function pinTasks(scratch: string, group = 0, names: readonly PinName[] = ['sessions']): Promise<string> {
  const directory = `${scratch}/pins`;
  fs.mkdirSync(directory);
  execFileSync('mount', ['-t', 'bpf', '-o', 'mode=0750', 'tasks', directory]);
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  const library = await loadLibbpf();
  if ('kind' in library) throw new Error(library.why);
  fs.chownSync(directory, 0, group);
  for (const name of names) {
    const loaded = loadIterator(library, await objectFile(), name);
    if (!('kind' in loaded) || loaded.kind !== 'loaded') throw new Error(`not loaded: ${JSON.stringify(loaded)}`);
    const pin = `${directory}/${name}`;
    const failed = loaded.link.pin(pin);
    loaded.close();
    if (failed) throw new Error(`not pinned: ${failed.errno}`);
    fs.chmodSync(pin, 0o640);
    fs.chownSync(pin, 0, group);
  }
  return directory;
}

/** This machine, with the iterator that is pinned in a directory. */
export function machineWithPin(directory: string): Machine {
  return { ...liveMachine(), tasks: liveTasks(directory) };
}

/** The same, where each reading is changed before it is looked at. */
export function machineWithChangedReadings(directory: string, change: (bytes: Buffer) => Uint8Array): Machine {
  const pin = openPin(`${directory}/sessions`);
  const changed: TaskFile = {
    origin: 'pin',
    read: () => {
      const read = pin.read();
      return read.kind === 'value' ? value(change(Buffer.from(read.value))) : read;
    },
    readArguments: null,
  };
  return { ...liveMachine(), tasks: { pin: () => changed, own: async () => changed } };
}

/** Where each row of a reading begins, with its tail, and whose it is. */
export function rowsIn(bytes: Buffer): { readonly at: number; readonly tail: number; readonly pid: number }[] {
  const rows: { at: number; tail: number; pid: number }[] = [];
  for (let at = 48; bytes.readUInt32LE(at) === 1; ) {
    let tail = at + 248;
    while (bytes.readUInt32LE(tail + 8) !== 0xffffffff) tail += 16;
    rows.push({ at, tail, pid: bytes.readUInt32LE(at + 24) });
    at = tail + 16;
  }
  return rows;
}

/** Takes a row out, so that the end counts one less. */
export function withoutRow(bytes: Buffer, pid: number): Buffer {
  const row = rowsIn(bytes).find((it) => it.pid === pid);
  if (row === undefined) return bytes;
  const rest = Buffer.concat([bytes.subarray(0, row.at), bytes.subarray(row.tail + 16)]);
  const count = rest.length - 16;
  rest.writeBigUInt64LE(rest.readBigUInt64LE(count) - 1n, count);
  return rest;
}
