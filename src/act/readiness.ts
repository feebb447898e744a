import { readFrozen } from '../kernel/frozen.ts';
import type { OpenTerminal } from '../kernel/open-terminal.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import { otherReaders } from '../kernel/terminal-readers.ts';
import { describeMissing } from '../model/outcome.ts';
import { isEnding, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import { toText } from '../model/text.ts';
import type { HeldLink, LinkQuestion } from './held-links.ts';
import type { HeldSession } from './hold.ts';

/** All that has to hold for a line that is typed now to reach the session, and it alone. */
export interface Readiness extends LinkQuestion {
  readonly held: HeldSession;
  readonly terminal: OpenTerminal;
  /** From the session's terminal outward. */
  readonly links: readonly HeldLink[];
}

/**
 * Reads everything again: the session, whether it would read, and each terminal between it and the one that is typed
 * into. What was read is true for as long as it took, some tenths of a millisecond; so it is asked before each step.
 */
export function verifyReady(it: Readiness): ProcessFacts | Refusal {
  const facts = it.held.verify();
  if (isRefusal(facts)) return facts;
  const refused =
    refuseUnready(facts.stat, it) ??
    refuseFrozen(facts.stat, it) ??
    refuseLinks(it.links, it) ??
    refuseMode(it) ??
    refuseRivals(facts.stat, it, 'family');
  if (refused !== null) return refused;
  // The rest has taken most of a millisecond: what changes soonest is read once more.
  const last = readHeldStat(it.held.proc);
  if (last.kind !== 'value' || isEnding(last.value)) return refuse('ended', `${whoOf(facts.stat, it)} has ended`);
  return refuseUnready(last.value, it) ?? facts;
}

function whoOf({ pid }: ProcessStat, { held }: Readiness): string {
  return `the process ${pid} of ${held.session.name.text}`;
}

function refuseUnready(stat: ProcessStat, it: Readiness): Refusal | null {
  const who = whoOf(stat, it);
  if (stat.state === 'T' || stat.state === 't') {
    const hint = 'it reads nothing until it goes on: fg in its shell, or plumb signal NAME CONT';
    return refuse('stopped', `${who} is stopped`, { hint });
  }
  if (stat.tpgid <= 0) return refuse('unseen', `which group is in the foreground of its terminal is unknown`);
  if (stat.tpgid === stat.pgid) return null;
  return refuse(
    'background',
    `${who} is in the background: the foreground group is ${stat.tpgid}, its own ${stat.pgid}`,
  );
}

function refuseFrozen(stat: ProcessStat, it: Readiness): Refusal | null {
  const who = whoOf(stat, it);
  const frozen = readFrozen(it.machine, it.held.proc);
  if (frozen.kind !== 'value')
    return refuse('unseen', `whether ${who} is frozen is unknown: ${describeMissing(frozen)}`);
  return frozen.value ? refuse('stopped', `${who} is in a frozen control group`) : null;
}

function refuseLinks(links: readonly HeldLink[], asked: LinkQuestion): Refusal | null {
  for (const link of links) {
    const refused = link.verify(asked);
    if (refused !== null) return refused;
  }
  return null;
}

function refuseMode({ tty, terminal, lineMode, held }: Readiness): Refusal | null {
  const mode = tty.mode(terminal.fd);
  if (mode.kind !== 'value')
    return refuse('unseen', `the mode of its terminal may not be read: ${describeMissing(mode)}`);
  if (!mode.value.canonical || lineMode) return null;
  const { name } = held.session.terminal ?? { name: 'its terminal' };
  const hint = 'a program that has lost raw mode gets nothing until Enter; --line-mode if it reads lines on purpose';
  return refuse('line_mode', `${name} is in line mode (ICANON): nobody there reads single keys`, { hint });
}

/**
 * Whether one that has lost its parent would read as well. That takes some milliseconds, and such a one does not come all
 * of a sudden: so it is asked before each step, and `verifyReady` after it.
 */
export function refuseOrphans(it: Readiness): Refusal | null {
  const stat = readHeldStat(it.held.proc);
  return stat.kind === 'value' ? refuseRivals(stat.value, it, 'everybody') : null;
}

/** Who else would get it: a child that asks for a password, an editor. */
function refuseRivals(stat: ProcessStat, { machine }: Readiness, among: 'family' | 'everybody'): Refusal | null {
  const rivals = otherReaders(machine.procfs, stat, among);
  if (rivals.kind !== 'value')
    return refuse('unseen', `who else reads from its terminal is unknown: ${describeMissing(rivals)}`);
  const first = rivals.value[0];
  if (!first) return null;
  const what = `${first.pid} (${toText(first.comm).text}) is in the foreground of its terminal as well, and may read what is typed`;
  return refuse('background', what, { hint: `ps -o pid,ppid,pgid,tpgid,tty,args -p ${stat.pid},${first.pid}` });
}
