import fs from 'node:fs';
import { type Directory, procChain } from './proc-chain.ts';

/** What /proc says of a process of what the iterators say too; read by path. */
export interface ProcFacts {
  /** Hexadecimal. */
  readonly comm: string;
  readonly numbers: Readonly<Record<string, bigint | null>>;
  readonly exe: string | null;
  readonly chain: readonly Directory[] | null;
  /** In ticks of the clock. */
  readonly startTicks: bigint;
  readonly cpuTicks: bigint;
  readonly state: string;
}

const NAMESPACES = {
  mnt: 'mnt_ns',
  net: 'net_ns',
  pid: 'pid_ns',
  user: 'user_ns',
  uts: 'uts_ns',
  ipc: 'ipc_ns',
  cgroup: 'cgroup_ns',
  time: 'time_ns',
};

/** Null where it is gone. */
export function procFacts(pid: number, cgroupMount: string | null): ProcFacts | null {
  const stat = read(pid, 'stat');
  const status = read(pid, 'status');
  if (stat === null || status === null) return null;
  const close = stat.lastIndexOf(')');
  const [state = '', ...rest] = stat
    .slice(close + 2)
    .trim()
    .split(' ');
  const field = (number: number) => BigInt(rest[number - 4] ?? '');
  const [uid, euid] = (/^Uid:\t(\d+)\t(\d+)/m.exec(status) ?? []).slice(1).map(BigInt);
  const hasTerminal = field(7) !== 0n;
  const namespaces = Object.entries(NAMESPACES).map(([file, name]) => [name, inodeOf(`/proc/${pid}/ns/${file}`)]);
  return {
    comm: Buffer.from(stat.slice(stat.indexOf('(') + 1, close), 'latin1').toString('hex'),
    state,
    startTicks: field(22),
    cpuTicks: field(14) + field(15),
    exe: exeOf(pid),
    chain: procChain(pid),
    numbers: {
      pid: BigInt(pid),
      ppid: field(4),
      pgid: field(5),
      sid: field(6),
      tty_nr: field(7),
      tpgid: hasTerminal ? field(8) : null,
      flags: field(9),
      threads: field(20),
      uid: uid ?? null,
      euid: euid ?? null,
      cgroup_id: cgroupOf(pid, cgroupMount),
      ...Object.fromEntries(namespaces),
    },
  };
}

/** Where the default hierarchy of control groups is mounted. */
export function cgroupMount(): string | null {
  const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4] ?? null;
}

function read(pid: number, file: string): string | null {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return null;
  }
}

function inodeOf(path: string): bigint | null {
  try {
    return fs.statSync(path, { bigint: true }).ino;
  } catch {
    return null;
  }
}

function exeOf(pid: number): string | null {
  try {
    const { dev, ino } = fs.statSync(`/proc/${pid}/exe`, { bigint: true });
    return dev.toString(16).padStart(8, '0') + ino.toString(16).padStart(16, '0');
  } catch {
    return null;
  }
}

function cgroupOf(pid: number, mount: string | null): bigint | null {
  const path = /^0::(.*)$/m.exec(read(pid, 'cgroup') ?? '')?.[1];
  return mount === null || path === undefined ? null : inodeOf(mount + path);
}
