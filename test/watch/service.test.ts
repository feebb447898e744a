/** The words of sd_notify(3), as they arrive at a real socket. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findService } from '../../src/watch/service.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { startServiceManager } from '../makers/service-manager.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const OURS = String(globalThis.process.pid);

describe('findService()', () => {
  requires('cc');

  it.each([
    ['a path', () => `${makeScratch()}/notify`],
    ['an abstract name', () => `@plumbline-${randomUUID()}`],
  ])('tells a service manager at %s', async (_, makeAddress) => {
    const { address, told } = await startServiceManager(makeAddress());
    const notes: string[] = [];
    const service = await findService({ NOTIFY_SOCKET: address }, (message) => notes.push(message));
    service?.tell('READY=1');
    service?.tell('STATUS=watching: höme');
    await waitFor('both', () => told().length === 2);
    expect(told()).toEqual([`${OURS} READY=1`, `${OURS} STATUS=watching: höme`]);
    expect(notes).toEqual([]);
    service?.close();
  });

  it.each([
    [{}, null],
    [{ WATCHDOG_USEC: '3000000' }, 3000],
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: OURS }, 3000],
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '1' }, null],
    [{ WATCHDOG_USEC: '0' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
  ])('reads %j', async (env, watchdogMs) => {
    const service = await findService({ NOTIFY_SOCKET: '@nobody', ...env }, () => {});
    expect(service?.watchdogMs).toBe(watchdogMs);
    service?.close();
  });

  it('is nobody without a socket', async () => {
    expect(await findService({ WATCHDOG_USEC: '3000000' }, () => {})).toBeNull();
  });

  it('says once that nobody listens, and goes on', async () => {
    const notes: string[] = [];
    const service = await findService({ NOTIFY_SOCKET: `${makeScratch()}/gone` }, (message) => notes.push(message));
    service?.tell('READY=1');
    service?.tell('WATCHDOG=1');
    expect(notes).toEqual([expect.stringContaining('does not hear us: errno 2')]);
    service?.close();
  });

  it('takes no other kind of address, nor one that is too long', async () => {
    for (const address of ['vsock:2:1', `/${'x'.repeat(107)}`]) {
      const notes: string[] = [];
      expect(await findService({ NOTIFY_SOCKET: address }, (message) => notes.push(message))).toBeNull();
      expect(notes).toEqual([expect.stringContaining(`${address} is no unix socket`)]);
    }
  });
});
