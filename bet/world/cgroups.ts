import fs from 'node:fs';
import path from 'node:path';
import { isWritable } from '../../test/makers/is-writable.ts';

const MOUNT = '/sys/fs/cgroup';
/** In each second a process that is starved gets that much of one CPU: next to nothing. */
const PERIOD_US = 1_000_000;
const STARVED_US = 2000;

/** Where the control groups of one run are. All its processes are below the first of `roots`, and none of anybody else's. */
export interface RunCgroups {
  readonly version: 1 | 2;
  readonly roots: readonly string[];
  /** Where the run's first process has to be put. */
  readonly everybody: string;
  /** Where those are put that are to get no CPU time. */
  readonly slow: string;
  /** Below which a cgroup that is too small is made. */
  readonly small: string;
}

/** Why no control groups for memory and CPU time can be made here; null where they can. */
export function whatCgroupsLack(): string | null {
  if (isWritable(`${MOUNT}/memory/cgroup.procs`)) {
    return isWritable(`${MOUNT}/cpu/cpu.cfs_quota_us`) || isWritable(`${MOUNT}/cpu/cgroup.procs`)
      ? null
      : `no cpu control group can be made: ${MOUNT}/cpu cannot be written`;
  }
  if (!isWritable(`${MOUNT}/cgroup.subtree_control`)) {
    return `no memory control group can be made: neither ${MOUNT}/memory nor ${MOUNT}/cgroup.subtree_control can be written`;
  }
  const given = fs.readFileSync(`${MOUNT}/cgroup.subtree_control`, 'utf8').trim().split(/\s+/);
  const missing = ['memory', 'cpu'].filter((it) => !given.includes(it));
  return missing.length === 0
    ? null
    : `no ${missing.join(' or ')} control group can be made: echo '${missing.map((it) => `+${it}`).join(' ')}' > ${MOUNT}/cgroup.subtree_control`;
}

/** Makes those of one run. */
export function makeRunCgroups(name: string): RunCgroups {
  if (isWritable(`${MOUNT}/memory/cgroup.procs`)) {
    const [memory, cpu] = [`${MOUNT}/memory/${name}`, `${MOUNT}/cpu/${name}`];
    for (const directory of [memory, cpu]) fs.mkdirSync(directory);
    fs.writeFileSync(`${cpu}/cpu.cfs_period_us`, String(PERIOD_US));
    return { version: 1, roots: [memory, cpu], everybody: memory, slow: cpu, small: memory };
  }
  // What has controllers for those below it may hold no process itself.
  const root = `${MOUNT}/${name}`;
  const [everybody, slow] = [`${root}/rest`, `${root}/slow`];
  fs.mkdirSync(root);
  fs.writeFileSync(`${root}/cgroup.subtree_control`, '+memory +cpu');
  for (const directory of [everybody, slow]) fs.mkdirSync(directory);
  return { version: 2, roots: [root], everybody, slow, small: root };
}

/** Puts these processes where there is next to no CPU time; the answer lets them have as much as they want again. */
export function starve({ version, slow }: RunCgroups, pids: readonly number[]): () => void {
  for (const pid of pids) put(pid, slow);
  const quota = STARVED_US * Math.max(1, pids.length);
  if (version === 2) fs.writeFileSync(`${slow}/cpu.max`, `${quota} ${PERIOD_US}`);
  else fs.writeFileSync(`${slow}/cpu.cfs_quota_us`, String(quota));
  return () => {
    if (version === 2) fs.writeFileSync(`${slow}/cpu.max`, 'max');
    else fs.writeFileSync(`${slow}/cpu.cfs_quota_us`, '-1');
  };
}

/** A control group that is too small for what will be put there. */
export interface SmallCgroup {
  /** How often the kernel has killed for want of memory there, as its file says it: `memory.oom_control: oom_kill 1`. */
  readonly kills: () => { readonly count: number; readonly text: string };
  /** True where it is gone: all in it has ended. */
  readonly remove: () => boolean;
}

/** Makes one of so many bytes, and puts a process into it. */
export function makeSmallCgroup(
  { version, small }: RunCgroups,
  options: { readonly name: string; readonly bytes: number; readonly pid: number },
): SmallCgroup {
  const directory = path.join(small, options.name);
  fs.mkdirSync(directory);
  const limit = (file: string, text: string) => fs.writeFileSync(`${directory}/${file}`, text);
  if (version === 2) {
    limit('memory.max', String(options.bytes));
    if (fs.existsSync(`${directory}/memory.swap.max`)) limit('memory.swap.max', '0');
  } else {
    limit('memory.limit_in_bytes', String(options.bytes));
    limit('memory.swappiness', '0');
  }
  put(options.pid, directory);
  const file = version === 2 ? 'memory.events' : 'memory.oom_control';
  return {
    kills: () => {
      const line = /^oom_kill (\d+)$/m.exec(fs.readFileSync(`${directory}/${file}`, 'utf8'));
      return { count: Number(line?.[1] ?? 0), text: `${file}: ${line?.[0] ?? 'no oom_kill'}` };
    },
    remove: () => isRemoved(directory),
  };
}

/** All processes of a run, in whichever of its control groups they are. */
export function membersOf(roots: readonly string[]): number[] {
  return [...new Set(roots.flatMap((root) => directoriesBelow(root).flatMap(processesIn)))];
}

/** Removes those that are empty; true where all of them are gone. */
export function removeCgroups(roots: readonly string[]): boolean {
  return roots.flatMap(directoriesBelow).reverse().map(isRemoved).every(Boolean);
}

/** Puts a process, with all its threads, into a control group. */
export function put(pid: number, directory: string): void {
  fs.writeFileSync(`${directory}/cgroup.procs`, String(pid));
}

/** Itself first, what is below it later. */
function directoriesBelow(root: string): string[] {
  if (!fs.existsSync(root)) return [];
  const below = fs.readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [root, ...below.flatMap(({ name }) => directoriesBelow(path.join(root, name)))];
}

function processesIn(directory: string): number[] {
  try {
    return fs.readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    // It has been removed meanwhile.
    return [];
  }
}

function isRemoved(directory: string): boolean {
  try {
    fs.rmdirSync(directory);
  } catch {
    // Gone already, or something in it has not ended yet.
  }
  return !fs.existsSync(directory);
}
