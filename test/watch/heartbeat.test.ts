import { describe, expect, it } from 'vitest';
import { Heartbeat } from '../../src/watch/heartbeat.ts';
import type { Service } from '../../src/watch/service.ts';
import { FakeClock } from '../makers/fake-clock.ts';

function make(watchdogMs: number | null) {
  const [clock, told] = [new FakeClock(), [] as string[]];
  const service: Service = { watchdogMs, tell: (line) => told.push(`${clock.nowMs()} ${line}`), close: () => {} };
  return { clock, told, heartbeat: new Heartbeat(clock, service) };
}

describe('Heartbeat', () => {
  it('beats twice in the time that the service manager waits, however long it is to wait for the next turn', () => {
    const { clock, told } = make(10_000);
    clock.pass(20_000);
    expect(told).toEqual([0, 5000, 10_000, 15_000, 20_000].map((ms) => `${ms} WATCHDOG=1`));
  });

  it('is silent while a turn does not end', () => {
    const { clock, told, heartbeat } = make(10_000);
    clock.pass(1000);
    heartbeat.turnBegins();
    clock.pass(60_000);
    expect(told).toEqual(['0 WATCHDOG=1']);
    heartbeat.turnEnds();
    expect(told.at(-1)).toBe('61000 WATCHDOG=1');
  });

  it('makes up for a beat that fell into a turn, and beats not with every turn', () => {
    const { clock, told, heartbeat } = make(10_000);
    for (let turns = 0; turns < 40; turns++) {
      clock.pass(240);
      heartbeat.turnBegins();
      clock.pass(10);
      heartbeat.turnEnds();
    }
    const times = told.map((it) => Number.parseInt(it, 10));
    expect(times.length).toBeLessThanOrEqual(6);
    times.slice(1).forEach((time, index) => {
      expect(time - (times[index] ?? 0)).toBeLessThanOrEqual(5010);
    });
  });

  it('says once that it is ready, a status when it is another one, and that it stops', () => {
    const { told, clock, heartbeat } = make(null);
    heartbeat.ready();
    heartbeat.ready();
    heartbeat.status('watching: 3 sessions');
    heartbeat.status('watching: 3 sessions');
    heartbeat.status('two\nlines');
    heartbeat.stopping();
    expect(told).toEqual(['0 READY=1', '0 STATUS=watching: 3 sessions', '0 STATUS=two lines', '0 STOPPING=1']);
    expect(clock.nextInMs).toBeNull();
  });

  it('says nothing where nobody listens', () => {
    const clock = new FakeClock();
    const heartbeat = new Heartbeat(clock, null);
    heartbeat.ready();
    heartbeat.turnEnds();
    expect(clock.nextInMs).toBeNull();
  });
});
