/** What the world of a run gives to the systems that live in it, and to the judge; types only. */
import type {
  Cost,
  Milliseconds,
  Mishap,
  NamedProcess,
  PaneName,
  Reading,
  RunOptions,
  SystemName,
  SystemResult,
  Truth,
} from '../model.ts';

/** The roles that the agents write with, each with a table of its own name that the world has made (and owned by it). */
export const AGENT_ROLES = ['registration', 'heartbeat_5', 'heartbeat_30', 'heartbeat_60'] as const;
export type AgentRole = (typeof AGENT_ROLES)[number];

/** The columns of each of these tables; `name` is the key. `pane` is `bet-a %3`, null where there is none. */
export interface AgentRow {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly pane: string | null;
  readonly status: 'alive' | 'dead';
  readonly last_seen: Date;
}

/** The run's own Postgres: trusted over its socket, `pg_stat_statements` preloaded and made in the database. */
export interface ArenaDatabase {
  /** The one database, as this role; it must be one of AGENT_ROLES or have been made by `adminUrl`. */
  readonly url: (role: string) => string;
  /** As the superuser. */
  readonly adminUrl: string;
  readonly socketDirectory: string;
  readonly port: number;
  /** The postmaster, whose children are the backends; null while it is down. */
  readonly serverPid: () => number | null;
}

/** Where a run takes place: all that a system may know of it. */
export interface Arena {
  readonly options: RunOptions;
  readonly sessions: readonly string[];
  /** What this machine calls itself: the host of every number that is counted outside of the containers. */
  readonly host: string;
  /** A directory of the systems' own; it goes away with the run, as everything does. */
  readonly scratch: string;
  /** The homes, one a session: `${homes}/NAME`. */
  readonly homes: string;
  /** How plumbline recognises agents (`--command`). */
  readonly command: string;
  /** The built command, to be run by `node`; and the directory of the bundled entries: `${entries}/reader-main.mjs`. */
  readonly plumb: string;
  readonly entries: string;
  readonly tmux: {
    /** TMUX_TMPDIR of every client. */
    readonly directory: string;
    /** What `tmux -L` takes: `bet-a`, `bet-b`. */
    readonly sockets: readonly string[];
  };
  readonly database: ArenaDatabase;
  /** `pidFileText` of bet/systems/pid-file.ts, by rename(2). It is removed at a clean end. */
  readonly pidFile: (session: string) => string;
  /** What the beats of this role have cost the agents so far, in CPU seconds, as these have measured it. */
  readonly beatCpuSeconds: (role: AgentRole) => number;
  /** The same of writing pid files. */
  readonly pidFileCpuSeconds: () => number;
}

/** A system that is being lived with. `read` never rejects: what goes wrong is a reading's `failure`. */
export interface RunningSystem {
  readonly system: SystemName;
  readonly read: () => Promise<Reading>;
  /** Rows, WAL and CPU so far. It may be asked once, at the end, before `end`. */
  readonly cost: () => Promise<Cost>;
  readonly end: () => Promise<void>;
}

/** Something that has happened, and what it really did. */
export interface Happened {
  readonly mishap: Mishap;
  /** Milliseconds of the clock that readings use: before it was begun, and when it was seen to be done (or over). */
  readonly from: Milliseconds;
  readonly to: Milliseconds;
  /** Whom it concerns: of a server those that were shown by it, of the host and the database all. */
  readonly sessions: readonly string[];
  /** How the harness knows that it did happen: `memory.oom_control: oom_kill 1`. */
  readonly proof: string;
}

/** What the harness knows, and nobody else. */
export interface TruthBook {
  /**
   * All that was so of a session at some moment between the two, in order. Where the harness cannot tell to the moment
   * when something became so (a process is being started or killed), what was before and what came after both are.
   */
  readonly during: (session: string, from: Milliseconds, to: Milliseconds) => readonly Truth[];
  readonly now: (session: string) => Truth;
  /** Whose number this is at this moment: a session that lives, some other process, or nobody's. */
  readonly holderOf: (named: NamedProcess) => { readonly session: string } | 'other' | null;
  /** Who reads what is typed into this pane at this moment; null where there is no such pane, or a dead one. */
  readonly occupantOf: (pane: PaneName) => { readonly session: string } | 'other' | null;
}

/** One reading of one system in a run, in the moment in which it is in hand. */
export interface Tick {
  readonly system: SystemName;
  readonly reading: Reading;
  /** How long ago this system was asked before; for the first time since the run began. */
  readonly weightMs: Milliseconds;
  /** Whom the tooling loop wants to reach this time, the same for all systems; `route` is at least 0 and below 1. */
  readonly nudge: string;
  readonly signal: string;
  readonly route: number;
}

/** What the judge makes of a run. */
export interface Judge {
  /** The decisions: called at once when a reading arrives, and asks `now`, `holderOf` and `occupantOf` at once. */
  readonly decide: (tick: Tick) => void;
  /**
   * The rows: called a little later, in the order of the readings, when the truth of its time is known: whoever was being
   * started or killed meanwhile is or is not there. Asks `during`.
   */
  readonly judge: (tick: Tick) => void;
  /** At the end. */
  readonly results: (costs: ReadonlyMap<SystemName, Cost>) => readonly SystemResult[];
}

/** bet/judge.ts exports `openJudge`. */
export type OpenJudge = (run: {
  readonly systems: readonly SystemName[];
  readonly sessions: readonly string[];
  readonly truth: TruthBook;
  /** What has happened so far; it grows. */
  readonly happened: readonly Happened[];
  /** When the run began, on the clock of the readings. */
  readonly startedAt: Milliseconds;
}) => Judge;
