/** The words of the bet: what happens to sessions, what is true of them, what a system answers, and what that was worth. */

/** Times are milliseconds of CLOCK_MONOTONIC, which all processes of a run share (`process.hrtime`). */
export type Milliseconds = number;

/** A process as somebody names it: its number, and the host name (UTS namespace) of where that number counts. */
export interface NamedProcess {
  readonly host: string;
  readonly pid: number;
}

/** A pane of one tmux server: the name of its socket, and the pane's id there. `bet-a %3`. */
export interface PaneName {
  readonly server: string;
  readonly id: string;
}

/** What is so of one session from a moment on. */
export type Truth = { readonly since: Milliseconds } & (
  | { readonly status: 'dead' }
  | {
      readonly status: 'alive';
      /** Everything by which the one process may rightly be named: in a container it has two numbers. */
      readonly names: readonly NamedProcess[];
      /** Null once its terminal is gone. */
      readonly pane: PaneName | null;
      /** Whether it reads what is typed: a process that hangs lives and does not. */
      readonly responsive: boolean;
    }
);

/** What a system says of one session, when it is asked. */
export type Answer =
  | {
      readonly status: 'alive';
      readonly process: NamedProcess | null;
      /** Says that `process` is null since it is not known, and why; without it null says that there is none. */
      readonly processUnknown?: string;
      readonly pane: PaneName | null;
      /** The same of `pane`. */
      readonly paneUnknown?: string;
    }
  | { readonly status: 'dead' }
  /** It says that it does not know; and why. */
  | { readonly status: 'unknown'; readonly reason: string };

/** All answers of one reading; a session that is left out is dead to this system. Or why there was no answer at all. */
export type Reading = { readonly asked: Milliseconds; readonly answered: Milliseconds } & (
  | { readonly answers: ReadonlyMap<string, Answer> }
  | { readonly failure: string }
);

/** How a row can be wrong; the first that holds counts. */
export const WRONGS = ['dead called alive', 'alive called dead', 'wrong pid', 'wrong pane'] as const;
export type Wrong = (typeof WRONGS)[number];

/** What a decision that was made of a row would have met, at the moment that the row was in hand. */
export const OUTCOMES = [
  /** It reaches the session that was meant, which can take it. */
  'right',
  /** It reaches another process, or somebody else's pane. */
  'wrong target',
  /** It reaches nobody: no process, no pane, or one that hangs. */
  'failed',
  /** The session could have taken it, and was called dead, unknown or had no pane: nothing was done. */
  'missed',
  /** Rightly nothing was done. */
  'withheld',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const DECISIONS = ['nudge', 'signal', 'route'] as const;
export type Decision = (typeof DECISIONS)[number];

/** What happens, and to whom; `at` is from the start of the run. The world does nothing else. */
export type Mishap = { readonly at: Milliseconds } & (
  | { readonly kind: 'start'; readonly session: string; readonly server: string }
  /** kill -9, between two beats. */
  | { readonly kind: 'kill'; readonly session: string }
  /** A memory cgroup that is too small, and the kernel's OOM killer. */
  | { readonly kind: 'oom'; readonly session: string }
  /** It ends by itself, and says goodbye. */
  | { readonly kind: 'exit'; readonly session: string }
  /** execve(2) of itself: the same process, a new program. */
  | { readonly kind: 'exec'; readonly session: string }
  /** execve(2) of a shell: the process lives on, the session has ended. */
  | { readonly kind: 'exec-shell'; readonly session: string }
  /** `tmux respawn-pane -k`: another process in the same pane. */
  | { readonly kind: 'respawn'; readonly session: string }
  /** It ends here and starts in pid, mount and uts namespaces of its own, its home bind-mounted elsewhere. */
  | { readonly kind: 'move'; readonly session: string; readonly server: string }
  /** Its main thread waits for ever. */
  | { readonly kind: 'hang'; readonly session: string }
  /** It is killed, and an unrelated process is given its number. */
  | { readonly kind: 'number-reused'; readonly session: string }
  /** The tmux server is killed; those of its sessions that ignore SIGHUP live on without a terminal. */
  | { readonly kind: 'server-killed'; readonly server: string }
  | { readonly kind: 'server-started'; readonly server: string }
  /** A tmux client in a terminal of its own goes away; nobody dies of it. */
  | { readonly kind: 'client-gone'; readonly server: string }
  /** The host is slow for so long: all agents together get next to no CPU time while they have work. */
  | { readonly kind: 'starved'; readonly lasts: Milliseconds }
  /** The database is down for so long. */
  | { readonly kind: 'database-outage'; readonly lasts: Milliseconds }
);
export type MishapKind = Mishap['kind'];

/** What a run is made with. */
export interface RunOptions {
  readonly seed: number;
  readonly sessions: number;
  readonly seconds: number;
}

/** Until when an answer was so, before it was given; null where it never was. An explanation of a wrong row has to fit these. */
export interface LastSo {
  /** All of it, at one moment: a row that is old. */
  readonly whole: Milliseconds | null;
  /** Each part of it at some moment, the oldest of them: a row that mixes what was with what came. */
  readonly inParts: Milliseconds | null;
}

/** One stretch in which one row of one system was wrong, as it was sampled: the explanations hang on these. */
export interface WrongStretch {
  readonly session: string;
  readonly wrong: Wrong;
  /** From the start of the run: when it was first and last seen to be so. */
  readonly from: Milliseconds;
  readonly to: Milliseconds;
  readonly seconds: number;
  /** How many readings saw it; and when the first of them was asked, from the start of the run: it was answered at `from`. */
  readonly readings: number;
  readonly asked: Milliseconds;
  /** The same at all of these readings; and, as it was known at the first, from the start of the run: */
  readonly answer: Answer;
  readonly lastSo: LastSo;
  /** As it was when the first was answered; its `since` is from the start of the run too. */
  readonly truth: Truth;
  /** The newest mishap that has to do with it, and how long before `from` that was. */
  readonly after: Mishap | null;
  readonly afterMs: Milliseconds | null;
}

/** One decision that hit the wrong target, or nobody. */
export interface Mistake {
  readonly decision: Decision;
  readonly outcome: 'wrong target' | 'failed';
  readonly session: string;
  /** From the start of the run, like the `since` of the truth. */
  readonly at: Milliseconds;
  readonly answer: Answer;
  readonly truth: Truth;
}

/** When one reading was asked and answered, from the start of the run. */
export interface ReadingTime {
  readonly asked: Milliseconds;
  readonly answered: Milliseconds;
  /** There was no answer. */
  readonly failed: boolean;
}

/** What keeping and asking has cost. */
export interface Cost {
  /** CPU seconds: of the programs that keep the rows (beats in the agents, sweepers, watchers, servers) */
  readonly keepingCpuSeconds: number;
  /** and of those that ask, */
  readonly readingCpuSeconds: number;
  /** and of the backends of both in the database. */
  readonly databaseCpuSeconds: number;
  readonly readings: number;
  readonly rowsWritten: number;
  readonly walBytes: number;
}

/** How one system fared in one run. */
export interface SystemResult {
  readonly system: string;
  /** Row seconds: one row for one second. */
  readonly rowSeconds: number;
  readonly wrongSeconds: Readonly<Record<Wrong, number>>;
  /** It said that it does not know; or not in which pane. */
  readonly unknownSeconds: number;
  /** There was no answer: its database was away, or it failed. */
  readonly unansweredSeconds: number;
  /** The reasons of both, in row seconds. */
  readonly whyUnknown: Readonly<Record<string, number>>;
  readonly whyUnanswered: Readonly<Record<string, number>>;
  /** Right at some moment while the reading ran, and no longer when it was answered: what long readings are forgiven. */
  readonly outdatedSeconds: number;
  /** A session that hangs may be called alive, which it is, or dead, as good as which it is: neither is wrong. This is how long it was called alive. */
  readonly hungCalledAliveSeconds: number;
  readonly stretches: readonly WrongStretch[];
  readonly decisions: Readonly<Record<Decision, Readonly<Record<Outcome, number>>>>;
  readonly mistakes: readonly Mistake[];
  readonly readings: readonly ReadingTime[];
  /** Of those that were answered, from asked to answered: how old a row may be when it is in hand. */
  readonly readingMs: { readonly median: number; readonly p99: number };
  readonly cost: Cost;
}

export interface RunResult {
  readonly options: RunOptions;
  /** As they happened, with the times at which they did: not as they were planned. */
  readonly mishaps: readonly Mishap[];
  readonly systems: readonly SystemResult[];
}

/** The systems, in the order of the table. */
export const SYSTEMS = [
  'registration',
  'heartbeat 5 s',
  'heartbeat 30 s',
  'heartbeat 60 s',
  'pid files',
  'tmux',
  'plumb list',
  'observe()',
  'plumb sync --watch',
  'plumb serve',
  'plumb fdw',
] as const;
export type SystemName = (typeof SYSTEMS)[number];
