import { commandRule } from './identity/commands.ts';
import { HomeIndex } from './identity/home-of.ts';
import { type HomesLook, identifyHomes } from './identity/homes.ts';
import { reportIncumbents } from './identity/incumbents.ts';
import { leadsOn } from './identity/launchers.ts';
import { movedBetween, movedOutside } from './identity/moved.ts';
import { mayBeByName } from './identity/outside.ts';
import { ownJob } from './identity/own-job.ts';
import { programOf } from './identity/program.ts';
import { checkNamespace, ownPid } from './kernel/census.ts';
import { CoverageLog } from './kernel/coverage.ts';
import { resolveHomes } from './kernel/homes.ts';
import { sightIncarnation } from './kernel/incarnation.ts';
import type { Machine } from './kernel/machine.ts';
import { MountTables } from './kernel/mounts.ts';
import { type ProgramFacts, readProgram } from './kernel/read-program.ts';
import { scan } from './kernel/scan.ts';
import type { OutsideProcess, ScanPlan } from './kernel/scan-plan.ts';
import { readShells } from './kernel/shells.ts';
import { type Coverage, coverageOf } from './model/coverage.ts';
import { type HomePattern, type HomeSpec, homeKey } from './model/home.ts';
import type { Incumbent, IncumbentReport, Sighting } from './model/incumbent.ts';
import type { LookSource, SourceChoice } from './model/look-source.ts';
import { type FileId, PF, type ProcessStat } from './model/process.ts';
import type { HomeReport, Host } from './model/snapshot.ts';
import type { ByteString, Text } from './model/text.ts';

/** What is asked of the homes. */
export interface HomesQuestion {
  readonly specs: readonly HomeSpec[];
  /** Null: whatever runs in a home is listed. */
  readonly commands: readonly ByteString[] | null;
  readonly terminalOptional: boolean;
  readonly explain: boolean;
  /** Of which homes it has to be proven that there is no session, where none is seen. */
  readonly wantsProof: (name: Text) => boolean;
  readonly identifyPrograms: boolean;
  readonly source: SourceChoice;
  readonly incumbents: ReadonlyMap<ByteString, Incumbent>;
}

/** What was found in them. */
export interface HomesAnswer {
  readonly reports: readonly HomeReport[];
  readonly incumbents: readonly IncumbentReport[];
  readonly coverage: Coverage;
  readonly unmatchedPatterns: readonly string[];
  /** Every process of the last look. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
}

/** How often an absence is looked at, before the processes are said to move about too much. */
const MOST_LOOKS = 6;

/**
 * Looks at the homes and applies the rules.
 * Processes are read one after another, so of two that change places in a home (by chdir or exec: nobody is born, and
 * nobody ends) both can be seen outside. So `none` is only said where two looks at every process in full have said so,
 * and no process that can be a session has moved between them (docs/adr/0007).
 */
export async function observeHomes(machine: Machine, question: HomesQuestion, host: Host): Promise<HomesAnswer> {
  let look = await lookOnce(machine, question, host);
  let answer = answerOf(look);
  // A number that is not plainly the session's may be one of a container: then everybody is read in full.
  if (!question.explain && answer.incumbents.some(isDoubtful)) {
    look = await lookOnce(machine, { ...question, explain: true }, host);
    answer = answerOf(look);
  }
  let previous = look.explained ? { look, answer } : null;
  let moved: readonly number[] = [];
  let proven: ReadonlySet<string> = new Set();
  const isOpen = (it: HomeReport) => question.wantsProof(it.name) && !proven.has(homeKey(it));
  for (let looks = 1; looks < MOST_LOOKS && absencesIn(answer).some(isOpen); looks++) {
    look = await lookOnce(machine, { ...question, explain: true }, host);
    answer = answerOf(look);
    moved = previous
      ? [
          ...new Set([
            ...movedBetween(previous.look.facts, look.facts, look.mayBeSession),
            ...movedUnread(machine, previous.look, look),
          ]),
        ]
      : [];
    proven = previous && moved.length === 0 ? inBoth(absencesIn(previous.answer), absencesIn(answer)) : new Set();
    previous = { look, answer };
  }
  if (moved.length > 0 && absencesIn(answer).some(isOpen)) {
    for (const pid of moved) look.log.addPid('unstable', pid);
    answer = answerOf(look);
  }
  return withProof(answer, proven);
}

/** The same of those that both looks have seen outside of all homes, of which no more was read than the iterator tells. */
function movedUnread({ procfs }: Machine, before: HomesSeen, now: HomesSeen): number[] {
  return movedOutside(before.outside, now.outside, {
    mayBe: (it) => now.mayBeByName(it),
    isNow: ({ pid }) => {
      const facts = readProgram(procfs, pid);
      return facts !== null && now.mayBeSession(facts);
    },
  });
}

function isDoubtful({ incumbent, verdict, place }: IncumbentReport): boolean {
  return incumbent.startTimeTicks === null && !(verdict === 'alive' && place === 'home');
}

function inBoth(before: readonly HomeReport[], after: readonly HomeReport[]): ReadonlySet<string> {
  const earlier = new Set(before.map(homeKey));
  return new Set(after.map(homeKey).filter((key) => earlier.has(key)));
}

function absencesIn({ reports }: HomesAnswer): HomeReport[] {
  return reports.filter(({ verdict }) => verdict === 'none');
}

/** What one look has not found is not known to be absent. */
function withProof(answer: HomesAnswer, proven: ReadonlySet<string>): HomesAnswer {
  const reports = answer.reports.map((report): HomeReport => {
    if (report.verdict !== 'none' || proven.has(homeKey(report))) return report;
    return { ...report, verdict: 'unknown', reason: `${report.reason} (which one look alone does not prove)` };
  });
  return { ...answer, reports };
}

/** One look's facts, and all that the rules need beside them. */
interface HomesSeen extends Omit<HomesLook, 'coverage'> {
  readonly log: CoverageLog;
  readonly outside: ReadonlyMap<number, OutsideProcess>;
  readonly source: LookSource;
  readonly mayBeSession: (facts: ProgramFacts) => boolean;
  /** The same, as far as its names tell: an interpreter may run anything. */
  readonly mayBeByName: (it: OutsideProcess) => boolean;
  readonly unmatchedPatterns: readonly string[];
  readonly lookedAt: Date;
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
  const mayBeSession = (facts: ProgramFacts) =>
    (commands.matchesDetached || facts.stat.ttyNr !== 0) && commands.match(programOf(facts)) !== null;
  const incumbentPids = new Set([...question.incumbents.values()].map(({ pid }) => pid));
  const plan: ScanPlan = {
    *select(stats: ReadonlyMap<number, ProcessStat>) {
      for (const stat of stats.values()) {
        const named = incumbentPids.has(stat.pid);
        if (stat.flags & PF.KTHREAD && !named) continue;
        if (stat.ttyNr !== 0 || explain || named || commands.worthReading(stat)) yield [stat.pid];
      }
    },
    mayBeSession,
    wantsCwd: (facts) => explain || incumbentPids.has(facts.stat.pid) || mayBeSession(facts),
    isHome: (id: FileId) => homes.at(id) !== null,
    homes: homes.homes,
    named: incumbentPids,
    terminalsInFull: explain,
    goesOnAbove: leadsOn,
    remoteHomes: resolved.remote,
    // Whether a row's process has left is told by its program file.
    identifyPrograms: question.identifyPrograms || question.incumbents.size > 0,
    wantsStdin: (facts) => incumbentPids.has(facts.stat.pid) && !mayBeSession(facts),
    readsNamespaces: [...question.incumbents.values()].some(({ startTimeTicks }) => startTimeTicks === null),
  };
  const { stats, facts, outside, source } = await scan(machine, plan, log, question.source);
  return {
    bootId: host.bootId,
    bootedAt: host.bootedAt,
    lookedAt: machine.now(),
    homes,
    absentHomes: resolved.absent,
    hidesHomes: resolved.hidesMore,
    patterns: specs.filter((spec): spec is HomePattern => spec.kind === 'pattern'),
    unmatchedPatterns: resolved.unmatched,
    commands,
    own: ownJob(ownPid(machine.procfs), stats, names !== null && !names.includes('*')),
    stats,
    facts,
    outside,
    source,
    explained: explain,
    terminalOptional: question.terminalOptional,
    incumbents: question.incumbents,
    sightings: sightAll(machine, question.incumbents, host),
    log,
    mayBeSession,
    mayBeByName: (it) => mayBeByName(it, commands),
  };
}

/** Asked after the scan: whoever was seen and has ended since is told as ended. */
function sightAll({ procfs }: Machine, incumbents: HomesQuestion['incumbents'], host: Host): Map<ByteString, Sighting> {
  return new Map([...incumbents].map(([name, incumbent]) => [name, sightIncarnation(procfs, incumbent, host)]));
}

function answerOf(look: HomesSeen): HomesAnswer {
  const coverage = coverageOf(look.log.reasons(), look.log.damage, look.source);
  const reports = identifyHomes({ ...look, coverage });
  const incumbents = reportIncumbents(look, look.sightings);
  return { reports, incumbents, coverage, unmatchedPatterns: look.unmatchedPatterns, stats: look.stats };
}
