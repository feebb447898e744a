import { type CoverageReason, HARMLESS_REASONS } from '../model/coverage.ts';
import { PF } from '../model/process.ts';
import { distinctTags, type SessionTag } from '../model/session-tag.ts';
import type { Why, WhyKind, WhyProcess } from '../model/why.ts';
import type { MachineLook } from './machine-look.ts';

/** What was found, before it is said what that means. */
export interface Found {
  readonly kind: WhyKind;
  readonly asked: string;
  /** One sentence about these sessions: `port 5432 is held by ada`; `no session` stands there too. */
  readonly says: (names: string) => string;
  readonly evidence: Why['evidence'];
  /** Those that decide whose it is. */
  readonly processes: readonly WhyProcess[];
  /** Those that are told besides: who is connected to a port. */
  readonly others?: readonly WhyProcess[];
  /** Sessions that it belongs to otherwise than by a process: it lies in their home. */
  readonly also?: readonly SessionTag[];
  /** Why there is nothing to be led anywhere; null where there is. */
  readonly nothing: string | null;
  /** Something that could not be seen and may be what was asked for, in a few words; null where all was. */
  readonly unseen: string | null;
}

/** Says in one sentence to which sessions something belongs; "none" only where everything could be seen. */
export function answerOf(look: MachineLook, found: Found): Why {
  const { kind, asked, evidence, processes, others = [], also = [], says } = found;
  const coverage = look.coverage();
  const sessions = distinctTags([...processes.map(({ tag }) => tag), ...also]);
  const all = [...processes, ...others];
  const told = { kind, asked, sessions, evidence, processes: all, snapshot: look.snapshot, coverage };
  if (sessions.length > 0) return { ...told, verdict: 'session', answer: says(namesOf(sessions)) };
  const maybe = processes.flatMap(({ mayCountTo }) => mayCountTo.map((session) => ({ session })));
  if (maybe.length > 0) {
    return {
      ...told,
      verdict: 'unknown',
      answer: `${says('no session that is certain')}; it may be of ${namesOf(maybe, 'or')}`,
    };
  }
  const unseen = found.unseen ?? (areOfKernel(processes) ? null : gapIn(look));
  const answer = found.nothing ?? says('no session');
  if (unseen === null) return { ...told, verdict: 'none', answer };
  return { ...told, verdict: 'unknown', answer: `${answer} that could be seen, and not all could: ${unseen}` };
}

/** The names of sessions in a sentence, each once. */
export function namesOf(tags: readonly Pick<SessionTag, 'session'>[], last: 'and' | 'or' = 'and'): string {
  const names = [...new Set(tags.map(({ session }) => session.name.text))];
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

/** Whatever else could not be seen, the kernel's own threads are nobody's. */
function areOfKernel(processes: readonly WhyProcess[]): boolean {
  return processes.length > 0 && processes.every(({ stat }) => (stat.flags & PF.KTHREAD) !== 0);
}

/**
 * What could not be seen and may have led to a session, by its code. The files of a process that counts to none are
 * nobody's, whatever they are.
 */
function gapIn(look: MachineLook): string | null {
  const own = look.snapshot.coverage.reasons;
  const others = look.log.reasons().filter((reason) => {
    return reason.count > reason.pids.length || reason.pids.some((pid) => mayMatter(look, pid));
  });
  const gaps: readonly CoverageReason[] = [...own, ...others].filter(({ code }) => !HARMLESS_REASONS.has(code));
  return gaps.length === 0 ? null : [...new Set(gaps.map(({ code }) => code))].join(', ');
}

function mayMatter(look: MachineLook, pid: number): boolean {
  const stat = look.stats.get(pid);
  return !stat || look.tagOf(stat) !== null || look.mayCountTo(stat).length > 0;
}
