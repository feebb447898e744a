import fs from 'node:fs';
import os from 'node:os';
import { onTestFinished } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';

/** A directory of the test's own for an embedded registry. */
export function makeStateDirectory(): string {
  const directory = fs.mkdtempSync(`${os.tmpdir()}/plumbline-state-`);
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An embedded registry that is closed when the test has finished. */
export async function openEmbedded(directory = makeStateDirectory(), notes: string[] = []): Promise<Registry> {
  const registry = await openRegistry({ directory, note: (message) => notes.push(message) });
  let isOpen = true;
  const close = registry.close.bind(registry);
  registry.close = async () => {
    if (isOpen) await close();
    isOpen = false;
  };
  onTestFinished(() => registry.close());
  return registry;
}

/** A registry in a server's new database, with the schema. */
export async function openServer(url: string): Promise<Registry> {
  const registry = await openRegistry({ url, anySchema: true });
  await registry.migrate();
  onTestFinished(() => registry.close());
  return registry;
}
