import { describe, expect, it } from 'vitest';
import type { FlockHolder } from '../model/lock.ts';
import { value } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { claimHolders, describeHolder } from './claims.ts';

function holder(pid: number, comm: string, startTimeTicks: bigint, isCaller = false): FlockHolder {
  const stat = { comm, startTimeTicks } as ProcessStat;
  return { pid, isCaller, facts: { stat, argv: value([comm]), exe: value({ path: `/bin/${comm}`, file: null }) } };
}

describe('claimHolders()', () => {
  it('tells the command before what it has started, and plumb last, whatever their numbers are', () => {
    const holders = [holder(900, 'plumb', 1n, true), holder(12, 'make', 30n), holder(901, 'bash', 20n)];
    const told = claimHolders({ kind: 'held', holders })?.map(describeHolder);
    expect(told).toEqual(['901 (bash)', '12 (make)', '900 (plumb)']);
  });

  it('tells nobody from unknown', () => {
    expect(claimHolders({ kind: 'none' })).toEqual([]);
    expect(claimHolders({ kind: 'unknown', why: 'EACCES' })).toBeNull();
  });

  it('does not take who made a lock for who has it', () => {
    const told = (callerPid: number | null) => claimHolders({ kind: 'unverified', callerPid })?.map(describeHolder);
    expect(told(4711)).toEqual(['unknown (4711 in the lock table, unverified)']);
    expect(told(null)).toEqual(['unknown']);
  });
});
