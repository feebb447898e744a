import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { allPids, processTable } from './process-table.ts';
import { waitFor } from './wait-for.ts';

/** Stands in the environment of all that this test file starts, and of nothing else. */
const MARK = `PLUMBLINE_TEST_FILE=${randomUUID()}`;
const [MARK_NAME = '', MARK_VALUE] = MARK.split('=');
globalThis.process.env[MARK_NAME] = MARK_VALUE;

/** Ends whatever this test file has started and what has survived its terminal, its parent or its namespace. */
export function killLeftovers(): Promise<void> {
  return killMarked(MARK);
}

/**
 * Ends all that was started with a mark: by number, and only where the process's environment holds it.
 * @param mark `NAME=VALUE`, and nobody else's
 */
export async function killMarked(mark: string): Promise<void> {
  await waitFor('the test’s own processes to end', () => {
    const marked = markedProcesses(mark);
    for (const pid of marked) {
      try {
        globalThis.process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return marked.length === 0;
  });
}

/** Makes the file fail that leaves a process, a child or a descriptor behind. Call it once, at the top. */
export function leavesNothingBehind(): void {
  let before: readonly string[];
  beforeAll(() => {
    before = ownDescriptors();
  });
  afterAll(async () => {
    await killLeftovers();
    const { pid } = globalThis.process;
    await waitFor('no child to be left', () => processTable().every((row) => row.ppid !== pid));
    const added = () => without(ownDescriptors(), before);
    await waitFor('no descriptor to be left', () => added().length === 0, 2000).catch(() =>
      expect(added()).toEqual([]),
    );
  });
}

/** Those that still have memory, and the mark in it: one that has ended has none. */
function markedProcesses(mark: string): number[] {
  return allPids().filter((pid) => pid !== globalThis.process.pid && environmentOf(pid).includes(mark));
}

function environmentOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

/** Where our own descriptors lead. Pipes, sockets and pollers belong to Node, which opens them when it likes. */
function ownDescriptors(): string[] {
  const links = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith('/') && link !== `/proc/${globalThis.process.pid}/fd`);
}

function without(all: readonly string[], some: readonly string[]): string[] {
  const rest = [...all];
  for (const item of some) {
    const at = rest.indexOf(item);
    if (at !== -1) rest.splice(at, 1);
  }
  return rest;
}
