import type { Coverage } from '../model/coverage.ts';
import type { Evidence } from '../model/evidence.ts';
import type { AbsentHome, Home, HomePattern } from '../model/home.ts';
import type { Incumbent } from '../model/incumbent.ts';
import type { ProcessFacts } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { Bystander, HomeReport } from '../model/snapshot.ts';
import { type ByteString, toText } from '../model/text.ts';
import { awayFromHome } from './away.ts';
import {
  type Candidate,
  type CandidateRules,
  isCandidate,
  type Reasons,
  type Rejected,
  sortOut,
} from './candidates.ts';
import { type Election, elect } from './claimants.ts';
import { homeEvidence, inference, livingEvidence, show, terminalEvidence } from './evidence.ts';
import { launchersAbove } from './launchers.ts';
import { leftovers } from './leftovers.ts';
import { deletedHomes, type Homeless, homelessOf, namesakes } from './namesakes.ts';
import { programOf } from './program.ts';
import { aliveSession, claimantOf, compareText, type LookContext, ownerlessSession } from './session.ts';
import { visitors } from './visitors.ts';

/** Everything that the rules look at: one look at the machine, and the configuration. */
export interface HomesLook extends CandidateRules, LookContext {
  readonly facts: ReadonlyMap<number, ProcessFacts>;
  readonly absentHomes: readonly AbsentHome[];
  /** Whether there may be homes that nobody could see. */
  readonly hidesHomes: boolean;
  /** Where homes may appear and vanish. */
  readonly patterns: readonly HomePattern[];
  readonly coverage: Coverage;
  /** Whether the others in a home were looked at as well. */
  readonly explained: boolean;
  /** Whether a process without a terminal can own a home beside those that have one. */
  readonly terminalOptional: boolean;
  /** The processes that the registry's rows name, by the home's name. */
  readonly incumbents: ReadonlyMap<ByteString, Incumbent>;
}

/** Finds the session of every configured home: the rules in their order, each on what the one before it left. */
export function identifyHomes(look: HomesLook): HomeReport[] {
  const { candidates, bystanders } = sortAll(look);
  let left: readonly Candidate[] = candidates;
  const takeOut = (role: Bystander['role'], reasons: Reasons) => {
    for (const [candidate, reason] of reasons) bystanders.push({ ...candidate, role, reason });
    left = left.filter((candidate) => !reasons.has(candidate));
  };
  takeOut('launcher', launchersAbove(left, look.stats, look.facts));
  takeOut('visitor', visitors(left, look.stats));
  takeOut('leftover', leftovers(left, look.stats));
  const incumbents = ofThisBoot(look);
  // A bare pid may be another session's by now: only an incarnation can be away from its home.
  const known = new Map([...incumbents].filter(([, key]) => key.startTimeTicks !== null));
  takeOut('visitor', awayFromHome(left, known, homesThatMayBe(look)));
  const claimants = groupByHome(left);
  const others = groupByHome(bystanders);
  const homeless = homelessOf(look.facts.values(), look.homes);
  const deleted = deletedHomes(homeless, look.patterns, [...look.homes.homes, ...look.absentHomes]);
  const present = look.homes.homes.map((home) => {
    const around = [
      ...(others.get(home) ?? []),
      ...namesakes(home, homeless, { now: 'another directory', commands: look.commands }),
    ];
    return reportHome(home, claimants.get(home) ?? [], around, look, incumbents.get(home.name) ?? null);
  });
  const absent = [...look.absentHomes, ...deleted].map((home) => reportAbsentHome(home, homeless, look));
  return [...present, ...absent].sort((a, b) => compareText(a.name.text, b.name.text));
}

/** Whether a name's home is there, or may be there unseen. */
function homesThatMayBe({ homes, absentHomes, hidesHomes }: HomesLook): (name: ByteString) => boolean {
  const unseen = absentHomes.filter(({ problem }) => problem === 'denied' || problem === 'timeout');
  const names = new Set([...homes.homes, ...unseen].map(({ name }) => name));
  return (name) => hidesHomes || names.has(name);
}

function sortAll(look: HomesLook): { candidates: Candidate[]; bystanders: Rejected[] } {
  const candidates: Candidate[] = [];
  const bystanders: Rejected[] = [];
  for (const facts of look.facts.values()) {
    const sorted = sortOut(facts, look);
    if (!sorted) continue;
    if (isCandidate(sorted)) candidates.push(sorted);
    else bystanders.push(sorted);
  }
  return { candidates, bystanders };
}

function groupByHome<T extends { readonly home: Home }>(items: readonly T[]): Map<Home, T[]> {
  const groups = new Map<Home, T[]>();
  for (const item of items) {
    const group = groups.get(item.home);
    if (group) group.push(item);
    else groups.set(item.home, [item]);
  }
  return groups;
}

function reportHome(
  home: Home,
  all: readonly Candidate[],
  others: readonly Omit<Rejected, 'home'>[],
  look: HomesLook,
  incumbent: Incumbent | null,
): HomeReport {
  const attached = all.filter((candidate) => candidate.facts.stat.ttyNr !== 0);
  const claimants = look.terminalOptional || attached.length === 0 ? all : attached;
  const unattached = all.filter((candidate) => !claimants.includes(candidate));
  const bystanders = [
    ...others,
    ...unattached.map((it) => ({ ...it, role: 'detached' as const, reason: 'it has no controlling terminal' })),
  ]
    .map(toBystander)
    .sort((a, b) => TELLING.indexOf(a.role) - TELLING.indexOf(b.role) || a.pid - b.pid);
  const report = {
    name: toText(home.name),
    path: toText(home.path),
    id: { dev: home.dev, ino: home.ino },
    problem: null,
    bystanders,
  };
  if (claimants.length === 0) {
    const verdict = look.coverage.complete ? 'none' : 'unknown';
    const reason = look.coverage.complete
      ? whyNone(bystanders, look.explained)
      : 'no session was seen, but not everything could be seen';
    return { ...report, verdict, reason, session: null };
  }
  const election = elect(claimants, incumbent);
  const session = sessionOf({ home, claimants, election, bystanders }, look);
  return { ...report, verdict: election.owner ? 'alive' : 'ambiguous', reason: election.reason, session };
}

/** The roles, the most telling first: what was or looked like a session comes before what merely stands around. */
const TELLING: readonly Bystander['role'][] = [
  'leftover',
  'visitor',
  'detached',
  'home_deleted',
  'dying',
  'zombie',
  'forked',
  'launcher',
  'other_program',
  'own',
];

/** The processes that rows name, as far as the rows are of this boot: another boot's numbers mean nothing now. */
function ofThisBoot({ incumbents, bootId }: HomesLook): ReadonlyMap<ByteString, Incumbent> {
  return new Map([...incumbents].filter(([, key]) => (key.bootId ?? bootId) === bootId));
}

interface Elected {
  readonly home: Home;
  readonly claimants: readonly Candidate[];
  readonly election: Election;
  readonly bystanders: readonly Bystander[];
}

function sessionOf({ home, claimants, election, bystanders }: Elected, look: HomesLook): Session {
  const seen = bystanders.map((it) => inference(`${it.role.replace('_', ' ')} in this home`, describeBystander(it)));
  const shown = claimants.map(claimantOf);
  const { owner } = election;
  if (!owner) {
    const claims = claimants.flatMap((candidate) => [
      inference('claimant', describeClaimant(candidate)),
      homeEvidence(candidate.facts, home, candidate.levelsUp),
    ]);
    const evidence = [inference('ownership', election.reason), ...claims, ...seen];
    return ownerlessSession({ name: home.name, home, evidence, claimants: shown }, 'ambiguous', look);
  }
  const evidence: Evidence[] = [
    ...livingEvidence(owner.facts, owner.program, owner.command),
    homeEvidence(owner.facts, home, owner.levelsUp),
    ...terminalEvidence(owner.facts),
    inference('ownership', election.reason),
    ...claimants.filter((it) => it !== owner).map((it) => inference('another claimant', describeClaimant(it))),
    ...seen,
  ];
  return aliveSession({ name: home.name, home, evidence, claimants: shown }, owner, look);
}

function toBystander({ facts, role, reason }: Omit<Rejected, 'home'>): Bystander {
  const { stat, terminal } = facts;
  return { pid: stat.pid, command: toText(programName(facts)), terminal, role, reason };
}

function programName(facts: ProcessFacts): ByteString {
  const program = programOf(facts);
  return program.script ?? program.comm;
}

function describeClaimant(candidate: Candidate): string {
  const { pid, command, terminal, reason } = claimantOf(candidate);
  return `${pid} (${command.text})${terminal ? ` on ${terminal.name}` : ''}: ${reason}`;
}

function describeBystander(it: Bystander): string {
  return `${it.pid} (${it.command.text}): ${it.reason}`;
}

function whyNone(bystanders: readonly Bystander[], explained: boolean): string {
  const first = bystanders[0];
  if (!first) return explained ? 'no process is in it' : 'no session is in it';
  const more = bystanders.length > 1 ? `, and ${bystanders.length - 1} more` : '';
  return `no session; there is ${describeBystander(first)}${more}`;
}

function reportAbsentHome(home: AbsentHome, homeless: readonly Homeless[], look: HomesLook): HomeReport {
  const reasons = {
    missing: 'the directory does not exist',
    not_a_directory: 'it is no directory',
    denied: 'the directory may not be looked at',
    timeout: 'its file system does not answer',
  };
  const bystanders = namesakes(home, homeless, { now: 'gone', commands: look.commands }).map(toBystander);
  const proven = look.coverage.complete && (home.problem === 'missing' || home.problem === 'not_a_directory');
  return {
    name: toText(home.name),
    path: toText(home.path),
    id: null,
    problem: home.problem,
    verdict: proven ? 'none' : 'unknown',
    reason: `${reasons[home.problem]} (${show(home.path)})`,
    session: null,
    bystanders,
  };
}
