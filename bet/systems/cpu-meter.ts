import fs from 'node:fs';

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICKS_A_SECOND = 100;

/** How often processes are looked at: of one that ends, what it has used since the last time is lost. */
const PERIOD_MS = 1000;

/** What processes have used so far, those that have ended too. A number may be another's later: it starts later, too. */
class Used {
  readonly #ticks = new Map<string, number>();
  #before = 0;

  note(pid: number, { startTicks }: Stat, ticks: number): void {
    this.#ticks.set(`${pid} ${startTicks}`, ticks);
  }

  /** What was used so far is not counted. */
  begin(): void {
    this.#before = this.#all;
  }

  get seconds(): number {
    return (this.#all - this.#before) / TICKS_A_SECOND;
  }

  get #all(): number {
    return [...this.#ticks.values()].reduce((sum, ticks) => sum + ticks, 0);
  }
}

/** The CPU time of processes that we have started, with that of their children that they have waited for. */
export class CpuMeter {
  readonly #pids = new Set<number>();
  readonly #used = new Used();

  /** Counts a process from now on. */
  follow(pid: number | undefined): void {
    if (pid !== undefined) this.#pids.add(pid);
  }

  sample(): void {
    for (const pid of this.#pids) {
      const stat = readStat(pid);
      if (stat === null) this.#pids.delete(pid);
      else this.#used.note(pid, stat, stat.ownTicks + stat.childTicks);
    }
  }

  /** Forgets what it took to start: services run for weeks. */
  begin(): void {
    this.sample();
    this.#used.begin();
  }

  get seconds(): number {
    return this.#used.seconds;
  }
}

/** The CPU time of a server's backends, by the role that each serves. */
export class BackendMeter {
  readonly #roles = new Map<string, Used>();

  /** @param serverPid the postmaster; null while there is none */
  sample(serverPid: number | null): void {
    if (serverPid === null) return;
    for (const pid of childrenOf(serverPid)) {
      const role = roleOf(pid);
      const stat = role === null ? null : readStat(pid);
      if (role === null || stat === null) continue;
      const used = this.#roles.get(role) ?? new Used();
      this.#roles.set(role, used);
      used.note(pid, stat, stat.ownTicks);
    }
  }

  /** Forgets what was done before the run. */
  begin(serverPid: number | null): void {
    this.sample(serverPid);
    for (const used of this.#roles.values()) used.begin();
  }

  secondsOf(role: string): number {
    return this.#roles.get(role)?.seconds ?? 0;
  }
}

/** Calls it every second. @returns what ends that */
export function everySecond(sample: () => void): () => void {
  const timer = setInterval(sample, PERIOD_MS);
  timer.unref();
  return () => clearInterval(timer);
}

interface Stat {
  readonly startTicks: string;
  readonly ownTicks: number;
  readonly childTicks: number;
}

function readStat(pid: number): Stat | null {
  const text = readOrNull(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name may hold anything, and ends with the last bracket; field 3 comes next.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return { startTicks: fields[22 - 3] ?? '', ownTicks: field(14) + field(15), childTicks: field(16) + field(17) };
}

function childrenOf(pid: number): number[] {
  const text = readOrNull(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

/** `postgres: heartbeat_5 bet [local] UPDATE`; null for a process of the server's own, or one that is just starting. */
function roleOf(pid: number): string | null {
  return /^postgres: (\S+) \S+ (?:\[local\]|\S+\(\d+\))/.exec(readOrNull(`/proc/${pid}/cmdline`) ?? '')?.[1] ?? null;
}

/** Null where the process has ended. */
function readOrNull(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
