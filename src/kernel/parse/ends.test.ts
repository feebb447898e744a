import { describe, expect, it } from 'vitest';
import { parseOomVictim } from './kmsg.ts';
import { parseOomKills } from './oom-kill.ts';
import { PIDFD_INFO_BYTES, PIDFD_INFO_EXIT, parsePidfdExit } from './pidfd-info.ts';
import { parseProcCgroup } from './proc-cgroup.ts';
import { parseStatExit } from './proc-stat-exit.ts';
import { parseWaitStatus } from './wait-status.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('parseWaitStatus()', () => {
  it.each([
    [0, { kind: 'exit', code: 0 }],
    [0x2a00, { kind: 'exit', code: 42 }],
    [0xff00, { kind: 'exit', code: 255 }],
    [9, { kind: 'signal', signal: 9, coreDumped: false }],
    [0x8b, { kind: 'signal', signal: 11, coreDumped: true }],
    [64, { kind: 'signal', signal: 64, coreDumped: false }],
  ])('takes %i apart', (status, end) => {
    expect(parseWaitStatus(status)).toEqual(end);
  });

  it.each([0x137f, 0xffff, -1, 0x1_0000, 1.5, Number.NaN])('refuses %d, which is no end', (status) => {
    expect(() => parseWaitStatus(status)).toThrow('status');
  });
});

describe('parsePidfdExit()', () => {
  /** What Linux 6.18 wrote on x86-64, of a process that exited with 42. */
  const EXITED = `0c0000000000000001${'00'.repeat(52)}2a0000`;

  const info = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

  it('reads the exit of one that has been reaped', () => {
    expect(EXITED).toHaveLength(2 * PIDFD_INFO_BYTES);
    expect(parsePidfdExit(info(EXITED))).toEqual({ kind: 'exit', code: 42 });
    expect(parsePidfdExit(info(`${EXITED.slice(0, -8)}8b000000`))).toMatchObject({
      signal: 11,
      coreDumped: true,
    });
  });

  it('knows nothing where the kernel does not say that it tells, whatever stands there', () => {
    expect(parsePidfdExit(info(EXITED.replace('0c', '07')))).toBeNull();
    expect(0x07 & PIDFD_INFO_EXIT).toBe(0);
  });

  it('reads a longer struct of a newer kernel, and refuses a shorter one', () => {
    expect(parsePidfdExit(info(`${EXITED}0123456789abcdef`))).toEqual({ kind: 'exit', code: 42 });
    expect(() => parsePidfdExit(info(EXITED.slice(2)))).toThrow('exit_code');
    // A view into a larger buffer is read from its own start.
    expect(parsePidfdExit(info(`ffff${EXITED}`).subarray(2))).toEqual({ kind: 'exit', code: 42 });
  });
});

describe('parseStatExit()', () => {
  const LINE = `7 (a) Z 1) ${Array.from({ length: 49 }, (_, index) => index).join(' ')}`;

  it('reads the last field, whatever the name is', () => {
    expect(parseStatExit(bytes(`${LINE} 10752\n`))).toEqual({ kind: 'exit', code: 42 });
    expect(parseStatExit(bytes(`${LINE} 139\n`))).toMatchObject({ kind: 'signal', signal: 11, coreDumped: true });
  });

  it.each(['', LINE, `${LINE} x`, `${LINE} -1`, `${LINE} 99999`])('refuses damage: %j', (line) => {
    expect(() => parseStatExit(bytes(line))).toThrow(/exit_code|status/);
  });
});

describe('parseProcCgroup()', () => {
  it('reads hierarchies of both versions, and paths with any byte', () => {
    expect(parseProcCgroup(bytes('4:memory:/a:b/c d\n3:cpu,cpuacct:/\n1:name=systemd:/x\n0::/user.slice\n'))).toEqual([
      { controllers: ['memory'], path: '/a:b/c d' },
      { controllers: ['cpu', 'cpuacct'], path: '/' },
      { controllers: ['name=systemd'], path: '/x' },
      { controllers: [], path: '/user.slice' },
    ]);
    expect(parseProcCgroup(bytes(''))).toEqual([]);
  });

  it.each(['memory:/a\n', '4:memory\n', 'x::/\n', '0::a\n'])('refuses damage: %j', (text) => {
    expect(() => parseProcCgroup(bytes(text))).toThrow('line');
  });
});

describe('parseOomKills()', () => {
  it('reads the counter of each file that has one', () => {
    expect(parseOomKills(bytes('oom_kill_disable 0\nunder_oom 0\noom_kill 3\n'))).toBe(3n);
    expect(parseOomKills(bytes('low 0\nhigh 0\nmax 5\noom 1\noom_kill 2\noom_group_kill 9\n'))).toBe(2n);
    expect(parseOomKills(bytes('nr_free 1\noom_kill 18446744073709551615\n'))).toBe(18446744073709551615n);
  });

  it.each(['', 'oom_kill_disable 0\n', 'oom_group_kill 1\n', 'oom_kill x\n'])('refuses %j', (text) => {
    expect(() => parseOomKills(bytes(text))).toThrow('oom_kill');
  });
});

describe('parseOomVictim()', () => {
  const CGROUP = 'Memory cgroup out of memory: Killed process 16469 (tail) total-vm:1kB, anon-rss:1kB, UID:0';

  it.each([
    [`3,1507,89012345,-;${CGROUP}\n`, 16469],
    ['3,7,8,-;Out of memory: Killed process 12 (a) total-vm:1kB\n SUBSYSTEM=x\n', 12],
    ['3,7,8,-;Out of memory (oom_kill_allocating_task): Killed process 13 (a) total\n', 13],
    // Names that a process can give itself, and what a program writes to /dev/kmsg.
    ['3,7,8,-;Out of memory: Killed process 12 (Killed process 99 () total-vm:1kB\n', 12],
    [`11,1507,89012345,-;${CGROUP}\n`, null],
    [`3,7,8,-;x: ${CGROUP}\n`, null],
    ['3,7,8,-;oom-kill:constraint=CONSTRAINT_MEMCG,task=tail,pid=16469,uid=0\n', null],
    ['', null],
  ])('%j', (record, victim) => {
    expect(parseOomVictim(record)).toBe(victim);
  });
});
