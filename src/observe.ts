import { parseCommands } from './config/commands.ts';
import { fromProgram } from './config/origin.ts';
import { withClaims } from './identity/claims.ts';
import { ownJob } from './identity/own-job.ts';
import { compareSessions } from './identity/session.ts';
import { terminalGroups, terminalSession } from './identity/terminals.ts';
import { checkNamespace, ownPid } from './kernel/census.ts';
import { CoverageLog } from './kernel/coverage.ts';
import { findFlocks } from './kernel/flock-holders.ts';
import { readHost } from './kernel/host.ts';
import { liveMachine, type Machine } from './kernel/machine.ts';
import { scan } from './kernel/scan.ts';
import type { ScanPlan } from './kernel/scan-plan.ts';
import { coverageOf } from './model/coverage.ts';
import { PlumblineError } from './model/errors.ts';
import type { HomeSpec } from './model/home.ts';
import type { Incumbent } from './model/incumbent.ts';
import { SOURCE_CHOICES, type SourceChoice } from './model/look-source.ts';
import type { ProcessStat } from './model/process.ts';
import type { Session } from './model/session.ts';
import type { HomeReport, Host, Snapshot } from './model/snapshot.ts';
import { type ByteString, fromUtf8, type Text } from './model/text.ts';
import { observeHomes } from './observe-homes.ts';
import type { RunClient } from './panes/client.ts';

/** What to look for. Everything has a default; without homes, every terminal is listed. */
export interface ObserveOptions {
  /** Where sessions live; none: one session a terminal, named by its foreground process's directory. */
  readonly homes?: readonly HomeSpec[];
  /**
   * Which programs are sessions: `['claude', 'codex']`, or `['*']` for any program but a shell, a multiplexer or a
   * launcher. Absent: whatever runs in a home is listed.
   */
  readonly commands?: readonly string[] | null;
  /** Whether a process needs a controlling terminal to own a home. Default `required`. */
  readonly terminal?: 'required' | 'optional';
  /** The name of this machine in the answer; default: the machine-id. */
  readonly hostId?: string | null;
  /** Also look into processes that cannot be sessions, to say what is in a home instead. Default false. */
  readonly explain?: boolean;
  /**
   * Of which homes to prove that there is no session, where none is seen: it takes two more looks to say `none`, and
   * else such a home is `unknown`. Default: of all. What is in use costs nothing more.
   */
  readonly proveAbsence?: boolean | ((name: Text) => boolean);
  /** Whether to find out which file each session's program is (`exe`). Default false: it costs six calls a session. */
  readonly identifyPrograms?: boolean;
  /**
   * Whether to find out who has claimed each session (`claimedBy`). Default false: it costs one read, and where any home
   * is locked a look at the open files of all processes.
   */
  readonly claims?: boolean;
  /**
   * The processes that a registry's rows name, by the home's name in bytes. Of several claimants they keep the home, and the
   * answer says of each what became of it.
   */
  readonly incumbents?: ReadonlyMap<ByteString, Incumbent>;
  /**
   * Whether to find the pane that shows each session's terminal. Default false: it takes a look at who holds the
   * terminal, and one run of a client for each multiplexer's server (3 to 6 ms). Or how those clients are run.
   */
  readonly panes?: boolean | RunClient;
  /**
   * What all processes are read from: the kernel's BPF iterator where one is pinned that may be read and believed, else
   * /proc (`auto`, the default); or only one of them. The answers are the same.
   */
  readonly source?: SourceChoice;
  /** What to ask: this machine, or a recorded scene. */
  readonly machine?: Machine;
}

/**
 * Looks at the machine once, and tells every session.
 * Everything is read now; nothing is kept for the next call. What could not be seen is in `coverage`, never left out
 * in silence.
 *
 * Source: /proc; the configured homes; /etc/shells and /etc/machine-id
 * Shape:  one Snapshot; sessions sorted by name, terminal and pid; empty where there are none
 * Needs:  nothing; same uid or CAP_SYS_PTRACE to see a process's directory and program
 * @returns a promise that takes longer than the system calls only where a file system does not answer (2 s)
 * @throws {PlumblineError} `unsupported_platform` off Linux or without /proc; `config` where two homes clash
 * @example
 * const { sessions } = await observe({ homes: parseHomes(['/srv/agents/*']), commands: ['claude'] });
 */
export async function observe(options: ObserveOptions = {}): Promise<Snapshot> {
  return (await observeAll(options)).snapshot;
}

/** A look, and the stat of every process in it, for those who join more to it. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly stats: ReadonlyMap<number, ProcessStat>;
}

/** The same as `observe`, with what it has read of all processes. */
export async function observeAll(options: ObserveOptions): Promise<Observation> {
  checkOptions(options);
  const machine = options.machine ?? liveMachineOnLinux();
  const observedAt = machine.now();
  const host = readHost(machine, options.hostId ?? null);
  const found = options.homes?.length
    ? await lookAtHomes(machine, { ...options, homes: options.homes }, host)
    : await lookAtTerminals(machine, host, options.source);
  const shown = options.panes ? await showPanes(found, machine, options.panes) : found;
  const { stats, ...rest } = shown;
  return { snapshot: { observedAt, host, ...rest, sessions: [...rest.sessions].sort(compareSessions) }, stats };
}

/** Multiplexers are loaded where panes are asked for: a piped list does without. */
async function showPanes(found: Found, machine: Machine, asked: NonNullable<Exclude<ObserveOptions['panes'], false>>) {
  const { withPanes } = await import('./observe-panes.ts');
  return withPanes(found, machine, asked);
}

type Stats = ReadonlyMap<number, ProcessStat>;

type Found = Omit<Snapshot, 'observedAt' | 'host'> & { readonly stats: Stats };

/** What would make every home look empty without a word is refused, as the command refuses it. */
function checkOptions({ homes = [], commands = null, terminal = 'required', source = 'auto' }: ObserveOptions): void {
  for (const home of homes) {
    if (typeof home === 'object') continue;
    throw new PlumblineError('usage', `homes: ${String(home)} is no home`, {
      hint: "write parseHomes(['/srv/agents/*'])",
    });
  }
  if (terminal !== 'required' && terminal !== 'optional') {
    throw new PlumblineError('usage', `terminal: ${String(terminal)} is neither 'required' nor 'optional'`);
  }
  if (!SOURCE_CHOICES.includes(source)) {
    throw new PlumblineError('usage', `source: ${String(source)} is none of ${SOURCE_CHOICES.join(', ')}`);
  }
  if (commands === null) return;
  if (commands.length === 0) {
    throw new PlumblineError('usage', 'commands: it names no program', { hint: 'leave it out for any program' });
  }
  parseCommands(commands, fromProgram('commands'));
}

type HomesOptions = ObserveOptions & Required<Pick<ObserveOptions, 'homes'>>;

async function lookAtHomes(machine: Machine, options: HomesOptions, host: Host): Promise<Found> {
  const question = {
    specs: options.homes,
    commands: options.commands?.map(fromUtf8) ?? null,
    terminalOptional: options.terminal === 'optional',
    explain: options.explain ?? false,
    wantsProof: wantsProof(options.proveAbsence ?? true),
    identifyPrograms: options.identifyPrograms ?? false,
    source: options.source ?? 'auto',
    incumbents: options.incumbents ?? new Map(),
  };
  const { reports: found, ...rest } = await observeHomes(machine, question, host);
  const reports = options.claims ? withAllClaims(found, machine) : found;
  return { ...rest, sessions: sessionsOf(reports), homes: reports, homeSpecs: options.homes };
}

/** The same homes, with who has claimed the session of each. */
export function withAllClaims(reports: readonly HomeReport[], { procfs }: Pick<Machine, 'procfs'>): HomeReport[] {
  const ids = reports.flatMap(({ id, session }) => (id && session ? [id] : []));
  const found = findFlocks(procfs, ids);
  return reports.map((report) => {
    const flock = report.id && found[ids.indexOf(report.id)];
    return report.session && flock ? { ...report, session: withClaims(report.session, flock) } : report;
  });
}

async function lookAtTerminals(machine: Machine, host: Host, choice: ObserveOptions['source']): Promise<Found> {
  const log = new CoverageLog();
  checkNamespace(machine.procfs, log);
  const selfPid = ownPid(machine.procfs);
  const groupsOf = (stats: Stats) => terminalGroups(stats, ownJob(selfPid, stats));
  const plan: ScanPlan = {
    select: (stats: Stats) => groupsOf(stats).map((group) => group.members.map((member) => member.pid)),
    mayBeSession: () => true,
    wantsCwd: () => true,
    isHome: () => true,
    homes: null,
    named: new Set(),
    terminalsInFull: false,
    goesOnAbove: () => false,
    remoteHomes: false,
    identifyPrograms: false,
    readsNamespaces: false,
    wantsStdin: () => false,
  };
  const { stats, facts, source } = await scan(machine, plan, log, choice);
  const sessions = groupsOf(stats).flatMap((group) => {
    const shown = group.members.map((member) => facts.get(member.pid)).find((it) => it !== undefined);
    return shown ? [terminalSession(shown, host)] : [];
  });
  return {
    coverage: coverageOf(log.reasons(), log.damage, source),
    sessions,
    homes: [],
    homeSpecs: [],
    incumbents: [],
    unmatchedPatterns: [],
    stats,
  };
}

function wantsProof(asked: NonNullable<ObserveOptions['proveAbsence']>): (name: Text) => boolean {
  return typeof asked === 'function' ? asked : () => asked;
}

function sessionsOf(reports: readonly HomeReport[]): Session[] {
  return reports.flatMap((report) => (report.session ? [report.session] : []));
}

/**
 * This machine.
 * @throws {PlumblineError} `unsupported_platform` where it is no Linux
 */
export function liveMachineOnLinux(): Machine {
  if (globalThis.process.platform === 'linux') return liveMachine();
  throw new PlumblineError(
    'unsupported_platform',
    `plumbline reads the Linux kernel, and this is ${globalThis.process.platform}`,
    {
      hint: 'run it on the Linux machine that the sessions run on',
    },
  );
}
