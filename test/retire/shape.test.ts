/** Whether undoing a step has brought back what was there, in `npm run retire`. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const FILE = path.join(import.meta.dirname, '../../scripts/retire/shape.mjs');
const { differences, shapeOf } = await import(pathToFileURL(FILE).href);

it('what an undo has not brought back is told by name; logs and numbers of processes do not count', () => {
  const app = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-shape-'));
  onTestFinished(() => fs.rmSync(app, { recursive: true }));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(app, name), text);
  const columns = ['public|agents|name|text|NO|', 'public|agents|last_seen|timestamp with time zone|NO|now()'];
  const stage = { app, sql: () => columns.join('\n') };
  for (const name of ['agent.mjs', 'sweeper.pid', 'sweep.log']) write(name, 'as it was');
  const before = shapeOf(stage);
  write('sweeper.pid', '4711');
  write('sweep.log', 'more');
  expect(differences(before, shapeOf(stage))).toEqual([]);
  write('agent.mjs', 'without beats');
  write('agent.mjs.rej', 'of a patch');
  fs.rmSync(path.join(app, 'sweeper.pid'));
  columns[1] = 'public|agents|last_seen|timestamp with time zone|YES|';
  columns.push('kernel|sessions|name|text|YES|');
  expect(differences(before, shapeOf(stage))).toEqual([
    'agent.mjs',
    'sweeper.pid',
    'the column public.agents.last_seen',
    'agent.mjs.rej',
    'the column kernel.sessions.name',
  ]);
});
