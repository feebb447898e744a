import type { Home } from '../model/home.ts';
import { isEnding, isLive, PF, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import type { BystanderRole } from '../model/snapshot.ts';
import type { ByteString } from '../model/text.ts';
import type { CommandRule } from './commands.ts';
import type { HomeIndex } from './home-of.ts';
import { displayName, type Program, programOf } from './program.ts';

/** A process that could be the session of the home it is in. */
export interface Candidate {
  readonly facts: ProcessFacts;
  readonly program: Program;
  readonly home: Home;
  /** How many directories above its cwd the home lies. */
  readonly levelsUp: number;
  /** The command that it matched. */
  readonly command: ByteString;
}

/** A process in a home that cannot be its session, and why. */
export interface Rejected {
  readonly facts: ProcessFacts;
  readonly program: Program;
  readonly home: Home;
  readonly role: BystanderRole;
  readonly reason: string;
}

/** What a rule says of the candidates that it takes out. */
export type Reasons = ReadonlyMap<Candidate, string>;

/** What is needed to tell a candidate from a bystander. */
export interface CandidateRules {
  readonly homes: HomeIndex;
  readonly commands: CommandRule;
  readonly stats: ReadonlyMap<number, ProcessStat>;
  /** plumb itself, and what was started only to run it. */
  readonly own: ReadonlySet<number>;
}

/**
 * Sorts one process out: a candidate, a bystander of a home, or null where it is in no home.
 * The order of the reasons is the order of certainty: what the kernel says comes before what the name says.
 */
export function sortOut(facts: ProcessFacts, rules: CandidateRules): Candidate | Rejected | null {
  const cwd = facts.cwd?.kind === 'value' ? facts.cwd.value : null;
  const place = cwd ? rules.homes.of(cwd) : null;
  if (!place) return null;
  const program = programOf(facts);
  const reject = (role: BystanderRole, reason: string) => ({ facts, program, home: place.home, role, reason });
  const { stat } = facts;
  if (rules.own.has(stat.pid)) return reject('own', 'it is the plumb that is asking, or was started to run it');
  if (!isLive(stat)) return reject('zombie', 'it has ended and waits to be reaped');
  if (isEnding(stat)) return reject('dying', 'the kernel is tearing it down');
  if (isDouble(stat, rules.stats)) return reject('forked', 'it is a fork that has not started a program of its own');
  const command = rules.commands.match(program);
  if (command === null) {
    return reject('other_program', `it runs ${displayName(program)}, which is ${rules.commands.otherwise}`);
  }
  if (stat.ttyNr === 0 && !rules.commands.matchesDetached) {
    return reject('detached', 'it has no controlling terminal, and no commands are configured');
  }
  return { facts, program, home: place.home, levelsUp: place.levelsUp, command };
}

/**
 * A fork that has not started a program is its parent's double, as long as it shares the parent's kernel session: one
 * that has made a session of its own (a supervisor that forks its agents, pty.fork) is there to stay.
 */
function isDouble(stat: ProcessStat, stats: ReadonlyMap<number, ProcessStat>): boolean {
  if ((stat.flags & PF.FORKNOEXEC) === 0) return false;
  const parent = stats.get(stat.ppid);
  return parent !== undefined && parent.comm === stat.comm && parent.sid === stat.sid;
}

/** Tells the two results of `sortOut` apart. */
export function isCandidate(sorted: Candidate | Rejected): sorted is Candidate {
  return 'command' in sorted;
}
