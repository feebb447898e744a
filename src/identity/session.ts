import type { Evidence } from '../model/evidence.ts';
import type { Home } from '../model/home.ts';
import { type ProcessFacts, TICKS_PER_SECOND } from '../model/process.ts';
import type { Claimant, Session } from '../model/session.ts';
import type { Host } from '../model/snapshot.ts';
import { type ByteString, type Text, toText } from '../model/text.ts';
import type { Candidate } from './candidates.ts';
import { isForeground } from './claimants.ts';

/** What all sessions of one look have in common. */
export type LookContext = Pick<Host, 'bootId' | 'bootedAt'>;

/** What is said of every session, whoever owns it. */
export interface SessionFrame {
  readonly name: ByteString;
  readonly home: Home | null;
  readonly evidence: readonly Evidence[];
  readonly claimants: readonly Claimant[];
}

/** A session with one owner. */
export function aliveSession(
  { name, home, evidence, claimants }: SessionFrame,
  owner: { readonly facts: ProcessFacts; readonly command: ByteString },
  context: LookContext,
): Session {
  const { facts } = owner;
  const { stat } = facts;
  return {
    name: toText(name),
    home: home && toText(home.path),
    homeId: home && { dev: home.dev, ino: home.ino },
    verdict: 'alive',
    pid: stat.pid,
    startTimeTicks: stat.startTimeTicks,
    bootId: context.bootId,
    exe: facts.exe.kind === 'value' ? facts.exe.value.file : null,
    terminal: facts.terminal,
    pane: null,
    detached: stat.ttyNr === 0,
    foreground: isForeground(stat),
    command: toText(owner.command),
    cwd: cwdText(facts),
    state: stat.state,
    startedAt: startedAt(stat.startTimeTicks, context),
    lastInputAt: facts.terminalTimes?.lastInputAt ?? null,
    lastOutputAt: facts.terminalTimes?.lastOutputAt ?? null,
    claimants,
    claimedBy: null,
    evidence,
  };
}

/** A session without a single owner: nothing of a process is claimed. */
export function ownerlessSession(
  { name, home, evidence, claimants }: SessionFrame,
  verdict: 'ambiguous' | 'unknown',
  context: LookContext,
): Session {
  return {
    name: toText(name),
    home: home && toText(home.path),
    homeId: home && { dev: home.dev, ino: home.ino },
    verdict,
    pid: null,
    startTimeTicks: null,
    bootId: context.bootId,
    exe: null,
    terminal: null,
    pane: null,
    detached: false,
    foreground: null,
    command: null,
    cwd: null,
    state: null,
    startedAt: null,
    lastInputAt: null,
    lastOutputAt: null,
    claimants,
    claimedBy: null,
    evidence,
  };
}

/** By name, then terminal, then pid: the same order in every look. */
export function compareSessions(a: Session, b: Session): number {
  return (
    compareText(a.name.text, b.name.text) ||
    (a.terminal?.ttyNr ?? -1) - (b.terminal?.ttyNr ?? -1) ||
    (a.pid ?? 0) - (b.pid ?? 0)
  );
}

/** Orders texts the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How a claimant is told to people. */
export function claimantOf(candidate: Candidate): Claimant {
  const { stat, terminal } = candidate.facts;
  const foreground = isForeground(stat);
  const front =
    foreground === null ? 'its foreground is unknown' : foreground ? 'in the foreground' : 'in the background';
  return {
    pid: stat.pid,
    startTimeTicks: stat.startTimeTicks,
    command: toText(candidate.command),
    terminal,
    reason: terminal ? front : 'without a terminal',
  };
}

function cwdText(facts: ProcessFacts): Text | null {
  const path = facts.cwd?.kind === 'value' ? facts.cwd.value.path : null;
  return path === null ? null : toText(path);
}

/** When a process started, by our clock now; null where the boot time is not known. */
export function startedAt(ticks: bigint, context: LookContext): Date | null {
  if (context.bootedAt === null) return null;
  return new Date(context.bootedAt.getTime() + (Number(ticks) * 1000) / TICKS_PER_SECOND);
}
