import type { Incumbent, IncumbentReport, Place, Sighting } from '../model/incumbent.ts';
import { type ProcessFacts, type ProcessStat, sameFile } from '../model/process.ts';
import { type ByteString, toText } from '../model/text.ts';
import type { CommandRule } from './commands.ts';
import { describeEnd, endEvidence, leftEvidence } from './end-evidence.ts';
import { cwdEvidence, homeEvidence, inference, livingEvidence, terminalEvidence } from './evidence.ts';
import type { HomeIndex } from './home-of.ts';
import { displayName, type Program, programOf } from './program.ts';
import { fileOf, innerPids, running } from './running.ts';
import { aliveSession, type LookContext } from './session.ts';

/** What is needed to say what became of the processes that rows name. */
export interface IncumbentsLook extends LookContext {
  readonly homes: HomeIndex;
  readonly commands: CommandRule;
  readonly facts: ReadonlyMap<number, ProcessFacts>;
  readonly stats: ReadonlyMap<number, ProcessStat>;
  readonly lookedAt: Date;
  readonly incumbents: ReadonlyMap<ByteString, Incumbent>;
}

/**
 * Says of every process that a row names whether it still is that session.
 * The same incarnation running a matching program is alive, wherever it is and with or without a terminal. One that
 * lives and matches no command has left only where it runs another program file than the row's: with the same file it
 * may have changed its name, or somebody the configuration.
 */
export function reportIncumbents(
  look: IncumbentsLook,
  sightings: ReadonlyMap<ByteString, Sighting>,
): IncumbentReport[] {
  const inner = innerPids(look);
  return [...look.incumbents].map(([name, incumbent]) => {
    const sighting = sightings.get(name) ?? { kind: 'unseen', why: 'nobody looked' };
    return { ...report(name, incumbent, sighting, look), innerOf: inner.get(incumbent.pid) ?? null };
  });
}

function report(name: ByteString, incumbent: Incumbent, sighting: Sighting, look: IncumbentsLook): IncumbentReport {
  if (sighting.kind === 'unseen') return unknown(name, incumbent, sighting.why);
  if (sighting.kind === 'alive') return reportLiving(name, incumbent, look);
  const ending = sighting.how.by === 'other_boot' ? 'rebooted' : 'exited';
  const evidence = endEvidence(incumbent, sighting.how);
  return { ...unknown(name, incumbent, describeEnd(sighting.how)), verdict: 'dead', ending, evidence };
}

function reportLiving(name: ByteString, incumbent: Incumbent, look: IncumbentsLook): IncumbentReport {
  const facts = look.facts.get(incumbent.pid);
  if (!facts || (incumbent.startTimeTicks ?? facts.stat.startTimeTicks) !== facts.stat.startTimeTicks) {
    return unknown(name, incumbent, 'it lives, and could not be read in full');
  }
  const program = programOf(facts);
  const command = look.commands.match(program);
  const { place, home, levelsUp } = placeOf(name, facts, look.homes);
  const now = running(facts, program, place, look);
  if (command === null) return { ...reportOtherProgram(name, incumbent, facts, program, look), now };
  const where = home ? homeEvidence(facts, home, levelsUp) : cwdEvidence(facts);
  const evidence = [...livingEvidence(facts, program, command), where, ...terminalEvidence(facts)];
  const frame = { name, home: place === 'home' ? home : null, evidence, claimants: [] };
  const session = aliveSession(frame, { facts, command }, look);
  return { ...unknown(name, incumbent, REASONS[place]), verdict: 'alive', place, now, session, evidence };
}

function reportOtherProgram(
  name: ByteString,
  incumbent: Incumbent,
  facts: ProcessFacts,
  program: Program,
  { commands: { otherwise }, stats }: IncumbentsLook,
): IncumbentReport {
  const runs = `${toText(displayName(program)).text}, which is ${otherwise}`;
  if (incumbent.startTimeTicks === null) {
    return { ...unknown(name, incumbent, `its number runs ${runs}`), evidence: livingEvidence(facts, program, null) };
  }
  const now = facts.exe.kind === 'value' ? facts.exe.value.file : null;
  const before = incumbent.exe ?? null;
  if (now === null || before === null) {
    const whose = now === null ? 'which program it runs may not be read' : 'which program it ran is not known';
    return unknown(name, incumbent, `it lives, and ${whose}`);
  }
  const file = fileOf(facts, program, stats);
  if (file === 'starting' || file === 'launcher') {
    return unknown(name, incumbent, `it lives, and is about to run another program: ${runs}`);
  }
  if (sameFile(now, before))
    return unknown(name, incumbent, `it lives, and runs the same program file, now as ${runs}`);
  const reason = `the process lives, and runs ${runs}`;
  const evidence = [
    ...livingEvidence(facts, program, null),
    leftEvidence(incumbent.pid, before, now),
    inference('it has left', reason),
  ];
  return { ...unknown(name, incumbent, reason), verdict: 'dead', ending: 'left', evidence };
}

const REASONS: Readonly<Record<Place, string>> = {
  home: 'it lives, in its home',
  elsewhere: 'it lives, outside its home',
  home_deleted: 'it lives, and its home was deleted',
  unseen: 'it lives, and where it is may not be seen',
};

function placeOf(name: ByteString, { cwd }: ProcessFacts, homes: HomeIndex) {
  const nowhere = (place: Place) => ({ place, home: null, levelsUp: 0 });
  if (cwd?.kind !== 'value') return nowhere('unseen');
  const found = homes.of(cwd.value);
  if (found) return { ...found, place: found.home.name === name ? ('home' as const) : ('elsewhere' as const) };
  if (cwd.value.cut) return nowhere('unseen');
  return nowhere(cwd.value.deleted ? 'home_deleted' : 'elsewhere');
}

function unknown(name: ByteString, incumbent: Incumbent, reason: string): IncumbentReport {
  const nothing = { ending: null, place: null, now: null, innerOf: null, session: null };
  return { name, incumbent, verdict: 'unknown', ...nothing, reason, evidence: [] };
}
