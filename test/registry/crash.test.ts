import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { makeStateDirectory, openServer } from './registries.ts';

leavesNothingBehind();

const WRITER = path.join(import.meta.dirname, '../makers/registry-writer.mjs');
const KILLS = 20;

/** Starts the writer, lets it write something, and kills it a random moment later, mostly in the middle of a plan. */
async function writeAndDie(place: object): Promise<void> {
  const writer = spawn(globalThis.process.execPath, [WRITER, JSON.stringify(place)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(writer, 'exit');
  await firstLine(writer);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
  writer.kill('SIGKILL');
  await ended;
}

function firstLine(child: ChildProcess): Promise<unknown> {
  if (!child.stdout) throw new Error('the writer has no output');
  return Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
}

async function expectAllAlike(registry: Registry): Promise<void> {
  const { rows } = await registry.read('writer');
  expect(rows).toHaveLength(200);
  expect(new Set(rows.map(({ command }) => command)).size).toBe(1);
}

describe('a plan is written whole or not at all', () => {
  it(`in the embedded registry, though its writer is killed ${KILLS} times`, async () => {
    const directory = makeStateDirectory();
    for (let kills = 0; kills < KILLS; kills++) {
      await writeAndDie({ directory });
      const registry = await openRegistry({ directory });
      try {
        await expectAllAlike(registry);
      } finally {
        await registry.close();
      }
    }
  }, 180_000);
});

describe.each(postgresVersions().slice(-1))('a plan is written whole or not at all in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it(`though its writer is killed ${KILLS} times`, async () => {
    const url = server().createDatabase();
    const registry = await openServer(url);
    for (let kills = 0; kills < KILLS; kills++) {
      await writeAndDie({ url });
      await expectAllAlike(registry);
    }
  });
});
