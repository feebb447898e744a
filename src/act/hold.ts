import { commandRule } from '../identity/commands.ts';
import { programOf } from '../identity/program.ts';
import { CoverageLog } from '../kernel/coverage.ts';
import { type Inspection, inspect } from '../kernel/inspect.ts';
import { liveMachine, type Machine } from '../kernel/machine.ts';
import { MountTables } from '../kernel/mounts.ts';
import type { Pidfd } from '../kernel/native/pidfd.ts';
import type { HeldProcess } from '../kernel/procfs.ts';
import { readShells } from '../kernel/shells.ts';
import { Terminals } from '../kernel/terminals.ts';
import { isSameFile } from '../model/incumbent.ts';
import { describeMissing } from '../model/outcome.ts';
import { isEnding, type ProcessFacts, sameFile } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { fromUtf8, toBytes } from '../model/text.ts';
import { cannotHold, openBeside, requirePidfds } from './pidfds.ts';

/** What an act needs to know to recognise its session again. */
export interface HoldOptions {
  /**
   * Which programs are sessions, as the look was asked. Null as there: then a shell at its prompt is one, which is good
   * for reading and not for acting.
   */
  readonly commands: readonly string[] | null;
  readonly machine?: Machine;
}

/**
 * A session's process, held: by its directory in /proc, through which all is read, and by a pidfd, through which all
 * is done. Both were opened before anything was verified, so what is verified is what is acted on.
 */
export interface HeldSession {
  readonly session: Session;
  readonly proc: HeldProcess;
  readonly pidfd: Pidfd;
  /** Reads everything again: whether it is still this incarnation, program, home and terminal. */
  verify(): ProcessFacts | Refusal;
  close(): void;
}

/**
 * Holds the process of a session that a look has found, and verifies that it still is that session. Close it.
 *
 * Source: pidfd_open(2); /proc/<pid>/stat, cmdline, exe, cwd, fd
 * Needs:  koffi; the right to look into the process (same uid or CAP_SYS_PTRACE)
 * @returns the held session, or why it is none any more
 */
export async function holdSession(session: Session, options: HoldOptions): Promise<HeldSession | Refusal> {
  const { pid } = session;
  if (session.verdict !== 'alive' || pid === null) {
    return refuse('unseen', `which process is ${session.name.text} is ${session.verdict}`);
  }
  const machine = options.machine ?? liveMachine();
  const pidfds = await requirePidfds();
  if (isRefusal(pidfds)) return pidfds;
  const pidfd = pidfds.open(pid);
  if (pidfd.kind === 'gone') return refuse('ended', `the process ${pid} has ended`);
  if (pidfd.kind !== 'value') return cannotHold(pid, pidfd);
  const opened = openBeside(pidfd.value, pid, machine);
  // What /proc does not show may be hidden: kill(2) knows.
  if (opened.kind === 'gone' && !machine.procfs.exists(pid)) return refuse('ended', `the process ${pid} has ended`);
  if (opened.kind !== 'value') {
    const why = describeMissing(opened);
    return refuse('denied', `the process ${pid} may not be looked at: ${why}`, { hint: RIGHTS });
  }
  const verifier = new Verifier(session, opened.value, machine, options.commands);
  const held: HeldSession = {
    session,
    proc: opened.value,
    pidfd: pidfd.value,
    verify: () => verifier.verify(),
    close: () => {
      pidfd.value.close();
      opened.value.close();
    },
  };
  let refused: Refusal | null;
  try {
    const facts = held.verify();
    refused = isRefusal(facts) ? facts : null;
    // The number may have become another's between the two: a signal of 0 says that the pidfd's process still is.
    if (pidfd.value.send(0).kind === 'gone') refused ??= refuse('ended', `the process ${pid} has ended`);
  } catch (error) {
    held.close();
    throw error;
  }
  if (refused) held.close();
  return refused ?? held;
}

const RIGHTS = 'run plumb as root, or as the user of the session';

/** Compares what the process is now with what the look has said. */
class Verifier {
  readonly #session: Session;
  readonly #held: HeldProcess;
  readonly #inspection: Inspection;
  readonly #matches: (facts: ProcessFacts) => boolean;

  constructor(session: Session, held: HeldProcess, machine: Machine, commands: readonly string[] | null) {
    this.#session = session;
    this.#held = held;
    const log = new CoverageLog();
    const { homeId, command } = session;
    this.#inspection = {
      terminals: new Terminals(machine.procfs, log),
      mounts: new MountTables(machine.procfs, log),
      identifyPrograms: session.exe !== null,
      readsNamespaces: false,
      wantsStdin: () => false,
      wantsCwd: () => true,
      isHome: (id) => homeId !== null && sameFile(id, homeId),
      // A home on a file system that may hang is not asked: its path has to do.
      remoteHomes: false,
    };
    const rule = commandRule(commands?.map(fromUtf8) ?? null, () => readShells(machine.files));
    this.#matches = (facts) => command !== null && rule.match(programOf(facts)) === toBytes(command);
  }

  verify(): ProcessFacts | Refusal {
    const { name, pid, startTimeTicks, exe } = this.#session;
    const who = `the process ${pid} of ${name.text}`;
    const inspected = inspect(this.#held, this.#inspection);
    if (inspected.kind === 'gone') return refuse('ended', `${who} has ended`);
    if (inspected.kind === 'denied') {
      return refuse('denied', `${who} may not be looked at: ${describeMissing(inspected)}`, { hint: RIGHTS });
    }
    if (inspected.kind !== 'value') return refuse('changed', `${who} keeps changing: ${describeMissing(inspected)}`);
    const { facts } = inspected.value;
    if (facts.stat.startTimeTicks !== startTimeTicks)
      return refuse('ended', `the number ${pid} is another process now`);
    if (isEnding(facts.stat)) return refuse('ended', `${who} is ending`);
    // What may not be read is neither the same nor another one.
    const unread = [facts.exe, facts.cwd].find((it) => it?.kind === 'denied');
    if (unread?.kind === 'denied') {
      return refuse('denied', `${who} may not be looked into: ${describeMissing(unread)}`, { hint: RIGHTS });
    }
    if (!this.#matches(facts)) return refuse('changed', `${who} runs another program now`);
    const file = facts.exe.kind === 'value' ? facts.exe.value.file : null;
    if (exe !== null && !(file !== null && isSameFile(file, exe))) {
      return refuse('changed', `${who} runs another program file now`);
    }
    return this.#wherewithal(facts, who, inspected.value.remoteCwd !== null) ?? facts;
  }

  /** Its home and its terminal. */
  #wherewithal(facts: ProcessFacts, who: string, isRemote: boolean): Refusal | null {
    const { homeId, terminal, cwd } = this.#session;
    const now = facts.terminal;
    if (now?.ttyNr !== terminal?.ttyNr || now?.dev !== terminal?.dev) {
      return refuse('changed', `${who} is ${now ? `on ${now.name}` : 'without a terminal'} now`);
    }
    if (homeId === null) return null;
    if (isRemote || facts.cwd?.kind !== 'value') {
      const path = this.#held.readlink('cwd');
      if (path.kind === 'value' && cwd !== null && path.value === toBytes(cwd)) return null;
      return refuse('changed', `${who} may have left its home`);
    }
    if (facts.cwd.value.chain.some((id) => sameFile(id, homeId))) return null;
    return refuse('changed', `${who} has left its home`);
  }
}
