import { parseOutcome } from '../kernel/attempt.ts';
import { readFrozen } from '../kernel/frozen.ts';
import type { Machine } from '../kernel/machine.ts';
import type { TtyCalls } from '../kernel/native/tty.ts';
import { type OpenTerminal, openTerminal } from '../kernel/open-terminal.ts';
import { parseTtyIndex } from '../kernel/parse/proc-fdinfo.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import type { HeldProcess, Procfs } from '../kernel/procfs.ts';
import { describeMissing, type Missing } from '../model/outcome.ts';
import type { TerminalLink } from '../model/pane.ts';
import { isEnding } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';

/** What a link is verified with. */
export interface LinkQuestion {
  readonly machine: Machine;
  readonly tty: TtyCalls;
  /** The caller has said that whole lines will do. */
  readonly lineMode: boolean;
}

/** One terminal between the session and the pane, with the process that holds its master held itself. */
export interface HeldLink {
  readonly link: TerminalLink;
  /** Whether the same process holds the same terminal, and hands on what is typed. */
  verify(asked: LinkQuestion): Refusal | null;
  /** Throws away what its holder has not read from its own terminal, and would hand on later. */
  discard(tty: TtyCalls): void;
  close(): void;
}

/**
 * Holds the chain of terminals that a look has found.
 * @returns the links, from the session outward; or why one is none any more
 */
export function holdLinks(procfs: Procfs, links: readonly TerminalLink[]): HeldLink[] | Refusal {
  const held: HeldLink[] = [];
  for (const link of links) {
    const next = holdLink(procfs, link);
    if (isRefusal(next)) {
      for (const it of held) it.close();
      return next;
    }
    held.push(next);
  }
  return held;
}

function holdLink(procfs: Procfs, link: TerminalLink): HeldLink | Refusal {
  const { holder } = link;
  const who = `${holder.name.text} (${holder.pid}), which holds ${link.terminal.name},`;
  const opened = procfs.open(holder.pid);
  if (opened.kind !== 'value') return endedOrUnseen(who, opened);
  if (holder.terminal === null) return new LiveLink(link, opened.value, null);
  const own = openTerminal(opened.value, holder.terminal);
  if (own.kind === 'value') return new LiveLink(link, opened.value, own.value);
  opened.value.close();
  return refuse('unseen', `the terminal of ${who} may not be opened: ${describeMissing(own)}`);
}

function endedOrUnseen(who: string, missing: Missing): Refusal {
  if (missing.kind === 'gone') return refuse('changed', `${who} has ended`);
  return refuse(missing.kind === 'denied' ? 'denied' : 'unseen', `${who} cannot be seen: ${describeMissing(missing)}`);
}

class LiveLink implements HeldLink {
  readonly link: TerminalLink;
  readonly #held: HeldProcess;
  /** The holder's own terminal: the next one outward. */
  readonly #outer: OpenTerminal | null;

  constructor(link: TerminalLink, held: HeldProcess, outer: OpenTerminal | null) {
    this.link = link;
    this.#held = held;
    this.#outer = outer;
  }

  verify({ machine, tty, lineMode }: LinkQuestion): Refusal | null {
    const { holder, terminal } = this.link;
    const who = `${holder.name.text} (${holder.pid}), which holds ${terminal.name},`;
    const stat = readHeldStat(this.#held);
    if (stat.kind !== 'value') return endedOrUnseen(who, stat);
    const { startTimeTicks, state, ttyNr, pgid, tpgid } = stat.value;
    if (startTimeTicks !== holder.startTimeTicks || isEnding(stat.value)) return refuse('changed', `${who} has ended`);
    if (state === 'T' || state === 't') return refuse('stopped', `${who} is stopped, and hands nothing on`);
    const index = parseOutcome(this.#held.read(`fdinfo/${holder.fd}`), parseTtyIndex);
    // It has become a program that may not be looked into: what it holds is unknown then.
    if (index.kind === 'denied') return refuse('denied', `what ${who} holds may not be seen: ${index.errno}`);
    if (index.kind !== 'value' || index.value !== terminal.index)
      return refuse('changed', `${who} does not hold it any more`);
    if (this.#outer === null) return null;
    const frozen = readFrozen(machine, this.#held);
    if (frozen.kind !== 'value') return refuse('unseen', `whether ${who} is frozen is unknown`);
    if (frozen.value) return refuse('stopped', `${who} is in a frozen control group, and hands nothing on`);
    if (ttyNr !== holder.terminal?.ttyNr) return refuse('changed', `${who} is on another terminal now`);
    if (tpgid !== pgid) return refuse('background', `${who} is in the background of ${holder.terminal.name}`);
    const mode = tty.mode(this.#outer.fd);
    if (mode.kind !== 'value') return refuse('unseen', `the mode of ${holder.terminal.name} may not be read`);
    if (!mode.value.canonical || lineMode) return null;
    return refuse('line_mode', `${holder.terminal.name}, on which ${who} runs, is in line mode (ICANON)`);
  }

  discard(tty: TtyCalls): void {
    if (this.#outer) tty.discardInput(this.#outer.fd);
  }

  close(): void {
    this.#held.close();
    this.#outer?.close();
  }
}
