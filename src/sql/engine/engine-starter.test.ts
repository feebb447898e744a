import fs from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { filesFor, queryJob, rowsIn, TABLES } from '../../../test/makers/engine.ts';
import { makeScratch } from '../../../test/makers/scratch.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { startEngine } from './open-engine.ts';
import type { ThreadEngine } from './thread-engine.ts';

/** An engine whose thread runs this instead; and how often it was started. */
function fakeEngine(code: string): { readonly engine: ThreadEngine; readonly starts: () => number } {
  const scratch = makeScratch();
  const worker = `${scratch}/worker.cjs`;
  const counted = `require('node:fs').appendFileSync(${JSON.stringify(`${scratch}/starts`)}, '.');`;
  fs.writeFileSync(worker, `${counted}\nconst { parentPort } = require('node:worker_threads');\n${code}`);
  const engine = startEngine({ worker, template: '' }, []);
  onTestFinished(() => engine.close());
  return { engine, starts: () => (fs.existsSync(`${scratch}/starts`) ? fs.statSync(`${scratch}/starts`).size : 0) };
}

const READY = "parentPort.postMessage({ kind: 'ready', code: null });";
const job = () => queryJob('select 1');

describe('EngineStarter', () => {
  it.each([
    ['which throws', "throw new Error('no such thing')", 'no such thing'],
    [
      'which says why',
      "parentPort.postMessage({ kind: 'died', why: 'broken' }); setInterval(() => {}, 1000);",
      'broken',
    ],
    ['which just ends', 'process.exit(3)', 'its thread has ended'],
  ])('tries a thread twice %s, and tells those who wait', async (_what, code, why) => {
    const { engine, starts } = fakeEngine(code);
    const all = await Promise.allSettled([engine.run(job()), engine.run(job())]);
    for (const one of all) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { sqlState: '57P03', message: `the database engine does not start: ${why}` },
      });
    }
    expect(starts()).toBe(2);
  });

  it('does not try again for a while, and then once', async () => {
    const { engine, starts } = fakeEngine('process.exit(3)');
    await expect(engine.run(job())).rejects.toMatchObject({ hint: 'it is tried again in 1 s' });
    for (let times = 0; times < 20; times++)
      await expect(engine.run(job())).rejects.toMatchObject({ sqlState: '57P03' });
    expect(starts()).toBe(2);
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1000);
    onTestFinished(() => clock.mockRestore());
    await expect(engine.run(job())).rejects.toMatchObject({ hint: 'it is tried again in 2 s' });
    expect(starts()).toBe(3);
  });

  it('says what a start needs where there is no memory', async () => {
    const { engine } = fakeEngine("throw new RangeError('WebAssembly.Memory(): could not allocate memory')");
    await expect(engine.run(job())).rejects.toMatchObject({ hint: expect.stringContaining('ulimit -v') });
  });

  it('starts one that has ended while nothing ran when it is needed, and not before', async () => {
    const go = `${makeScratch()}/go`;
    const { engine, starts } = fakeEngine(
      `${READY} setInterval(() => { if (require('node:fs').existsSync('${go}')) process.exit(0); }, 5);`,
    );
    const threads = () => process.getActiveResourcesInfo().filter((it) => it === 'MessagePort').length;
    await waitFor('its start', () => starts() === 1 && threads() > 0);
    fs.writeFileSync(go, '');
    await waitFor('its end', () => threads() === 0);
    expect(starts()).toBe(1);
    await expect(engine.run(job())).rejects.toMatchObject({ sqlState: '58000' });
    await waitFor('its replacement', () => starts() > 1);
  });

  it('ends a thread that answers nothing with the job that waits for it', async () => {
    const { engine, starts } = fakeEngine(`${READY} parentPort.on('message', () => {});`);
    const limits = { ms: 50, sharedMs: 50, waitMs: 60_000, bytes: 1 };
    await expect(engine.run({ ...job(), limits })).rejects.toMatchObject({ sqlState: '57014' });
    await waitFor('another thread', () => starts() === 2);
  });

  it('starts at the next job where it did not at first', async () => {
    const files = await filesFor(TABLES);
    const scratch = makeScratch();
    const worker = `${scratch}/worker.cjs`;
    // It fails twice, and is whole then.
    fs.writeFileSync(
      worker,
      `const fs = require('node:fs');
       fs.appendFileSync('${scratch}/starts', '.');
       if (fs.readFileSync('${scratch}/starts').length < 3) process.exit(1);
       require(${JSON.stringify(files.worker)});`,
    );
    const engine = startEngine({ ...files, worker }, TABLES);
    onTestFinished(() => engine.close());
    await expect(engine.run(job())).rejects.toMatchObject({ sqlState: '57P03' });
    const rows = await waitFor('an answer', () => engine.run(job()).then(rowsIn, () => null));
    expect(rows).toEqual([['1']]);
  });
});
