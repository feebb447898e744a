import { commandRule } from './identity/commands.ts';
import { HomeIndex } from './identity/home-of.ts';
import { identifyHomes } from './identity/homes.ts';
import { ownJob } from './identity/own-job.ts';
import { programOf } from './identity/program.ts';
import { compareSessions } from './identity/session.ts';
import { terminalGroups, terminalSession } from './identity/terminals.ts';
import { checkNamespace } from './kernel/census.ts';
import { CoverageLog } from './kernel/coverage.ts';
import { resolveHomes } from './kernel/homes.ts';
import { readBootTime, readHost } from './kernel/host.ts';
import { liveMachine, type Machine } from './kernel/machine.ts';
import { MountTables } from './kernel/mounts.ts';
import { type ScanPlan, scanProcesses } from './kernel/processes.ts';
import { readShells } from './kernel/shells.ts';
import { coverageOf } from './model/coverage.ts';
import { PlumblineError } from './model/errors.ts';
import type { HomeSpec } from './model/home.ts';
import { type FileId, PF, type ProcessFacts, type ProcessKey, type ProcessStat } from './model/process.ts';
import type { Session } from './model/session.ts';
import type { HomeReport, Snapshot } from './model/snapshot.ts';
import { type ByteString, fromUtf8 } from './model/text.ts';

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
  /** The processes that a registry names, by the home's name: of several claimants they keep the home. */
  readonly incumbents?: ReadonlyMap<string, ProcessKey>;
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
  const machine = options.machine ?? liveMachineOnLinux();
  const log = new CoverageLog();
  const observedAt = machine.now();
  const host = readHost(machine, options.hostId ?? null);
  const context = { bootId: host.bootId, bootedAtMs: readBootTime(machine) };
  checkNamespace(machine.procfs, log);
  const look = { machine, options, log, context };
  const found = options.homes?.length ? await lookAtHomes(look, options.homes) : await lookAtTerminals(look);
  return { observedAt, host, ...found, sessions: [...found.sessions].sort(compareSessions) };
}

interface Look {
  readonly machine: Machine;
  readonly options: ObserveOptions;
  readonly log: CoverageLog;
  readonly context: { readonly bootId: string | null; readonly bootedAtMs: number | null };
}

type Stats = ReadonlyMap<number, ProcessStat>;

type Found = Omit<Snapshot, 'observedAt' | 'host'>;

async function lookAtHomes({ machine, options, log, context }: Look, specs: readonly HomeSpec[]): Promise<Found> {
  const mounts = new MountTables(machine.procfs, log).own();
  const resolved = await resolveHomes(machine, specs, { mounts, log });
  const homes = new HomeIndex(resolved.homes);
  const names = options.commands?.map(fromUtf8) ?? null;
  const commands = commandRule(names, readShells(machine.files));
  const plan: ScanPlan = {
    *select(stats: Stats) {
      for (const stat of stats.values()) {
        if (stat.flags & PF.KTHREAD) continue;
        if (stat.ttyNr !== 0 || options.explain || commands.worthReading(stat)) yield [stat.pid];
      }
    },
    mayBeSession: (facts: ProcessFacts) =>
      (names !== null || facts.stat.ttyNr !== 0) && commands.match(programOf(facts)) !== null,
    explain: options.explain ?? false,
    isHome: (id: FileId) => homes.at(id) !== null,
    remoteHomes: resolved.remote,
  };
  const { stats, facts } = await scanProcesses(machine, plan, log);
  const coverage = coverageOf(log.reasons());
  const reports = identifyHomes({
    ...context,
    homes,
    absentHomes: resolved.absent,
    commands,
    own: ownJob(machine.procfs.selfPid, stats, names !== null && !names.includes('*')),
    stats,
    facts,
    coverage,
    explained: options.explain ?? false,
    terminalOptional: options.terminal === 'optional',
    incumbents: byBytes(options.incumbents),
  });
  return { coverage, sessions: sessionsOf(reports), homes: reports, unmatchedPatterns: resolved.unmatched };
}

async function lookAtTerminals({ machine, log, context }: Look): Promise<Found> {
  const { selfPid } = machine.procfs;
  const groupsOf = (stats: Stats) => terminalGroups(stats, ownJob(selfPid, stats));
  const plan: ScanPlan = {
    select: (stats: Stats) => groupsOf(stats).map((group) => group.members.map((member) => member.pid)),
    mayBeSession: () => true,
    explain: false,
    isHome: () => true,
    remoteHomes: false,
  };
  const { stats, facts } = await scanProcesses(machine, plan, log);
  const sessions = groupsOf(stats).flatMap((group) => {
    const shown = group.members.map((member) => facts.get(member.pid)).find((it) => it !== undefined);
    return shown ? [terminalSession(shown, context)] : [];
  });
  return { coverage: coverageOf(log.reasons()), sessions, homes: [], unmatchedPatterns: [] };
}

function sessionsOf(reports: readonly HomeReport[]): Session[] {
  return reports.flatMap((report) => (report.session ? [report.session] : []));
}

function byBytes(incumbents: ObserveOptions['incumbents']): ReadonlyMap<ByteString, ProcessKey> {
  return new Map([...(incumbents ?? [])].map(([name, key]) => [fromUtf8(name), key]));
}

function liveMachineOnLinux(): Machine {
  if (globalThis.process.platform === 'linux') return liveMachine();
  throw new PlumblineError(
    'unsupported_platform',
    `plumbline reads the Linux kernel, and this is ${globalThis.process.platform}`,
    {
      hint: 'run it on the Linux machine that the sessions run on',
    },
  );
}
