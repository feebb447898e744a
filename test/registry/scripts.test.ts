import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Registry } from '../../src/registry/registry.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { HOST_ID, runScript, type Shelf } from '../reconcile/run.ts';
import { parseScript } from '../reconcile/script.ts';
import { openEmbedded, openServer } from './registries.ts';

const DIRECTORY = path.join(import.meta.dirname, '../fixtures/reconcile');
const files = fs.readdirSync(DIRECTORY);

function shelfOf(registry: Registry): Shelf {
  return {
    read: () => registry.read(HOST_ID),
    write: (plan) => registry.exclusively(HOST_ID, () => registry.apply(plan)),
  };
}

async function runFile(file: string, registry: Registry): Promise<void> {
  const script = parseScript(fs.readFileSync(path.join(DIRECTORY, file), 'utf8'));
  expect(await runScript(script, shelfOf(registry))).toBe(script.expected);
}

describe('the embedded registry keeps what the scripts say', () => {
  it.each(files)('%s', async (file) => {
    await runFile(file, await openEmbedded());
  });
});

describe.each(postgresVersions())('Postgres $major keeps what the scripts say', (version) => {
  requires('setpriv');
  const server = usePostgres(version);

  it.each(files)('%s', async (file) => {
    await runFile(file, await openServer(server().createDatabase()));
  });
});

describe('a Postgres server', () => {
  requires('postgres');

  it('is there to be tested with', () => {
    expect(postgresVersions().length).toBeGreaterThan(0);
  });
});
