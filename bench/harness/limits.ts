import fs from 'node:fs';

/** What one idle process costs the machine in page tables, stacks and kernel structures: measured, with room. */
const BYTES_A_PROCESS = 200 * 1024;
/** Left free for everybody else on the machine. */
const SPARE = 500;

/** Why this machine cannot hold such a population, each reason with the limit's name; empty where it can. */
export function whatFallsShort(processes: number, sessions: number): string[] {
  const running = fs.readdirSync('/proc').filter((name) => /^\d/.test(name)).length;
  const freePids = number('/proc/sys/kernel/pid_max') - running - SPARE;
  const freeTerminals = number('/proc/sys/kernel/pty/max') - number('/proc/sys/kernel/pty/nr');
  const checks: [string, number, number][] = [
    ['pid_max (sysctl kernel.pid_max), with what runs already', freePids, processes],
    ['threads-max (sysctl kernel.threads-max)', number('/proc/sys/kernel/threads-max') - running - SPARE, processes],
    ['processes of one user (ulimit -Hu)', hardLimit('Max processes'), processes + SPARE],
    ['processes of this cgroup (pids.max)', cgroupRoom(), processes + SPARE],
    ['open files (ulimit -Hn): one a terminal', hardLimit('Max open files'), sessions + 32],
    ['terminals (sysctl kernel.pty.max)', freeTerminals, sessions],
    ['free memory in MB', memory() / 1e6, (processes * BYTES_A_PROCESS) / 1e6],
  ];
  return checks
    .filter(([, room, wanted]) => room < wanted)
    .map(([what, room, wanted]) => `${what}: ${Math.floor(room)}, and ${Math.ceil(wanted)} are needed`);
}

function number(file: string): number {
  try {
    const text = fs.readFileSync(file, 'utf8').trim();
    return text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  } catch {
    // A limit that this kernel does not have does not limit.
    return Number.POSITIVE_INFINITY;
  }
}

function hardLimit(name: string): number {
  const line = fs
    .readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((it) => it.startsWith(name));
  const hard = line?.slice(26).trim().split(/\s+/)[1];
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

function cgroupRoom(): number {
  const lines = fs.readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  const rooms = lines.map((line) => {
    const [, controllers = '', place = ''] = line.split(':', 3);
    if (controllers !== '' && controllers !== 'pids') return Number.POSITIVE_INFINITY;
    const directory = controllers === '' ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids';
    const max = number(`${directory}${place}/pids.max`);
    return Number.isFinite(max) ? max - number(`${directory}${place}/pids.current`) : max;
  });
  return Math.min(...rooms);
}

function memory(): number {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return kib === undefined ? Number.POSITIVE_INFINITY : Number(kib) * 1024;
}
