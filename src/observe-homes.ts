import { commandRule } from './identity/commands.ts';
import { HomeIndex } from './identity/home-of.ts';
import { type HomesLook, identifyHomes } from './identity/homes.ts';
import { reportIncumbents } from './identity/incumbents.ts';
import { movedBetween } from './identity/moved.ts';
import { ownJob } from './identity/own-job.ts';
import { programOf } from './identity/program.ts';
import { checkNamespace } from './kernel/census.ts';
import { CoverageLog } from './kernel/coverage.ts';
import { resolveHomes } from './kernel/homes.ts';
import { sightIncarnation } from './kernel/incarnation.ts';
import type { Machine } from './kernel/machine.ts';
import { MountTables } from './kernel/mounts.ts';
import { type ScanPlan, scanProcesses } from './kernel/processes.ts';
import { readShells } from './kernel/shells.ts';
import { type Coverage, coverageOf } from './model/coverage.ts';
import type { HomePattern, HomeSpec } from './model/home.ts';
import type { Incumbent, IncumbentReport, Sighting } from './model/incumbent.ts';
import { type FileId, PF, type ProcessFacts, type ProcessStat } from './model/process.ts';
import type { HomeReport, Host } from './model/snapshot.ts';
import type { ByteString } from './model/text.ts';

/** What is asked of the homes. */
export interface HomesQuestion {
  readonly specs: readonly HomeSpec[];
  /** Null: whatever runs in a home is listed. */
  readonly commands: readonly ByteString[] | null;
  readonly terminalOptional: boolean;
  readonly explain: boolean;
  readonly proveAbsence: boolean;
  readonly identifyPrograms: boolean;
  readonly incumbents: ReadonlyMap<ByteString, Incumbent>;
}

/** What was found in them. */
export interface HomesAnswer {
  readonly reports: readonly HomeReport[];
  readonly incumbents: readonly IncumbentReport[];
  readonly coverage: Coverage;
  readonly unmatchedPatterns: readonly string[];
}

/** How often an absence is looked at, before the processes are said to move about too much. */
const MOST_LOOKS = 6;

/**
 * Looks at the homes and applies the rules.
 * Processes are read one after another, so of two that change places in a home (by chdir or exec: nobody is born, and
 * nobody ends) both can be seen outside. So a home without a session is looked at again, until no two processes that
 * can be sessions have moved between two looks (docs/adr/0007).
 */
export async function observeHomes(machine: Machine, question: HomesQuestion, host: Host): Promise<HomesAnswer> {
  let look = await lookOnce(machine, question, host);
  let answer = answerOf(look);
  if (!question.proveAbsence) return unproven(answer);
  let moved: readonly number[] = [];
  for (let looks = 1; looks < MOST_LOOKS && hasAbsence(answer); looks++) {
    const again = await lookOnce(machine, question, host);
    moved = movedBetween(look.facts, again.facts, look.mayBeSession);
    look = again;
    answer = answerOf(look);
    if (moved.length < 2) return answer;
  }
  if (!hasAbsence(answer)) return answer;
  for (const pid of moved) look.log.addPid('unstable', pid);
  return answerOf(look);
}

/** One look's facts, and all that the rules need beside them. */
interface HomesSeen extends Omit<HomesLook, 'coverage'> {
  readonly log: CoverageLog;
  readonly mayBeSession: (facts: ProcessFacts) => boolean;
  readonly unmatchedPatterns: readonly string[];
  readonly sightings: ReadonlyMap<ByteString, Sighting>;
}

async function lookOnce(machine: Machine, question: HomesQuestion, host: Host): Promise<HomesSeen> {
  const log = new CoverageLog();
  checkNamespace(machine.procfs, log);
  const { commands: names, explain, specs } = question;
  const mounts = new MountTables(machine.procfs, log).own();
  const resolved = await resolveHomes(machine, specs, { mounts, log });
  const homes = new HomeIndex(resolved.homes);
  const commands = commandRule(names, () => readShells(machine.files));
  const mayBeSession = (facts: ProcessFacts) =>
    (names !== null || facts.stat.ttyNr !== 0) && commands.match(programOf(facts)) !== null;
  const incumbentPids = new Set([...question.incumbents.values()].map(({ pid }) => pid));
  const plan: ScanPlan = {
    *select(stats: ReadonlyMap<number, ProcessStat>) {
      for (const stat of stats.values()) {
        if (stat.flags & PF.KTHREAD) continue;
        const named = incumbentPids.has(stat.pid);
        if (stat.ttyNr !== 0 || explain || named || commands.worthReading(stat)) yield [stat.pid];
      }
    },
    mayBeSession,
    wantsCwd: (facts) => explain || incumbentPids.has(facts.stat.pid) || mayBeSession(facts),
    isHome: (id: FileId) => homes.at(id) !== null,
    remoteHomes: resolved.remote,
    identifyPrograms: question.identifyPrograms,
  };
  const { stats, facts } = await scanProcesses(machine, plan, log);
  return {
    bootId: host.bootId,
    bootedAt: host.bootedAt,
    homes,
    absentHomes: resolved.absent,
    patterns: specs.filter((spec): spec is HomePattern => spec.kind === 'pattern'),
    unmatchedPatterns: resolved.unmatched,
    commands,
    own: ownJob(machine.procfs.selfPid, stats, names !== null && !names.includes('*')),
    stats,
    facts,
    explained: explain,
    terminalOptional: question.terminalOptional,
    incumbents: question.incumbents,
    sightings: sightAll(machine, question.incumbents, host),
    log,
    mayBeSession,
  };
}

/** Asked after the scan: whoever was seen and has ended since is told as ended. */
function sightAll({ procfs }: Machine, incumbents: HomesQuestion['incumbents'], host: Host): Map<ByteString, Sighting> {
  return new Map([...incumbents].map(([name, incumbent]) => [name, sightIncarnation(procfs, incumbent, host)]));
}

function answerOf(look: HomesSeen): HomesAnswer {
  const coverage = coverageOf(look.log.reasons());
  const reports = identifyHomes({ ...look, coverage });
  const incumbents = reportIncumbents(look, look.sightings);
  return { reports, incumbents, coverage, unmatchedPatterns: look.unmatchedPatterns };
}

function hasAbsence({ reports }: HomesAnswer): boolean {
  return reports.some(({ verdict }) => verdict === 'none');
}

/** Nobody asked for certainty: what one look has not found is not known to be absent. */
function unproven(answer: HomesAnswer): HomesAnswer {
  const reports = answer.reports.map((report): HomeReport => {
    return report.verdict === 'none'
      ? { ...report, verdict: 'unknown', reason: `${report.reason} (seen once)` }
      : report;
  });
  return { ...answer, reports };
}
