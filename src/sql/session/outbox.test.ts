import { describe, expect, it } from 'vitest';
import { memoryInUse } from '../../../test/makers/memory-in-use.ts';
import { Outbox } from './outbox.ts';

describe('Outbox', () => {
  it('gives small messages together, and each long one whole', async () => {
    const given: number[] = [];
    const out = new Outbox((bytes) => {
      given.push(bytes.length);
    });
    await out.put([Buffer.alloc(10), Buffer.alloc(20), Buffer.alloc(1 << 20), Buffer.alloc(5)]);
    await out.flush();
    expect(given).toEqual([30, 1 << 20, 5]);
  });

  it('waits for a client that takes its time, and for none that is gone', async () => {
    let take = () => {};
    const taken = () =>
      new Promise<void>((resolve) => {
        take = resolve;
      });
    const out = new Outbox(taken);
    let isSent = false;
    const sent = out.put([Buffer.alloc(1 << 20)]).then(() => {
      isSent = true;
    });
    await new Promise(setImmediate);
    expect(isSent).toBe(false);
    take();
    await sent;
    const unsent = out.put([Buffer.alloc(1 << 20)]);
    out.end();
    await unsent;
  });

  it('keeps nothing of what was sent, however often', async () => {
    const out = new Outbox(async () => {});
    const message = Buffer.alloc(1);
    const send = async (times: number) => {
      for (let time = 0; time < times; time++) {
        await out.put([message]);
        await out.flush();
      }
      return memoryInUse();
    };
    const before = await send(1000);
    expect((await send(50_000)) - before).toBeLessThan(2 << 20);
  });
});
