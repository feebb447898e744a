import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { onTestFinished } from 'vitest';
import { killLeftovers } from './leftovers.ts';

/**
 * Makes a directory of the test's own, open to every user, that goes away with everything the test has started.
 * Call it first: what is made later is undone earlier.
 * @returns its path, free of symbolic links
 */
export function makeScratch(): string {
  const directory = fs.realpathSync(fs.mkdtempSync(`${os.tmpdir()}/plumbline-test-`));
  fs.chmodSync(directory, 0o755);
  onTestFinished(async () => {
    await killLeftovers();
    // rm walks directory by directory; node:fs fails at paths that are longer than the kernel takes in one piece.
    execFileSync('rm', ['-rf', '--one-file-system', directory]);
  });
  return directory;
}

/** Makes directories below one and returns their paths. */
export function makeDirectories<const Names extends readonly string[]>(
  parent: string,
  ...names: Names
): { [Index in keyof Names]: string } {
  const paths = names.map((name) => `${parent}/${name}`);
  for (const path of paths) fs.mkdirSync(path, { recursive: true });
  return paths as { [Index in keyof Names]: string };
}
