import type { LookSource } from './look-source.ts';

/**
 * Why a look was not complete, or what it left out on purpose. Source of each: KERNEL facts in SUPPORT.md.
 */
export const COVERAGE_REASONS = {
  pid_namespace: 'plumb runs in a pid namespace of its own: processes outside it cannot be seen',
  foreign_procfs: '/proc belongs to another pid namespace than ours',
  hidden: 'processes exist that /proc does not list to us (hidepid, or another pid namespace)',
  uncountable: '/proc shows only its pid directories (subset=pid): what is missing cannot be counted',
  stat_denied: 'listed processes whose stat we may not read (hidepid=1)',
  cwd_denied: 'processes on a terminal whose working directory we may not read',
  cwd_timeout: 'processes whose working directory lies on a file system that did not answer',
  cwd_unreadable: 'processes whose working directory could not be followed to the root',
  home_unreadable: 'configured homes that we may not look at',
  malformed: 'kernel files that could not be understood',
  unstable: 'processes that kept changing or moving while they were looked at',
  churn: 'processes were born faster than they could be looked at',
  process_denied: 'processes whose program, directory, terminal or namespaces we may not read',
  path_too_long: 'processes whose program or directory has a path that the kernel does not print (4096 bytes and more)',
  fd_denied:
    "processes whose open files we may not read: the sockets, locks and terminals that they hold are missing or nobody's",
  terminal_unplaced:
    'processes that hold a terminal opened in a /dev that they do not see any more: which devpts instance it is of',
  net_namespace_denied: 'processes whose network namespace we may not see',
  net_namespace_unreadable: 'network namespaces that we may neither enter nor read',
  parents_ended: 'processes that may count to a session: their parents have ended, and nothing else tells',
  lock_parties_unseen: 'locks that somebody has or waits for, and who that is could not be seen',
  locks_unreadable: 'the table of locks could not be read: who waits for one is missing',
  rules_denied: 'network namespaces that we may not enter: their rules were not seen, and less of their routes',
  rules_untold: 'network namespaces of which only text files could be read: no rules, and less of their routes',
  excluded_by_name: 'unreadable processes on a terminal that run none of the commands',
  mount_namespace_denied: 'processes that tell neither their mount namespace nor any of its mounts',
  mount_namespace_partial: 'mount namespaces seen only as far as they lie below the root of one of their processes',
  mount_namespace_unentered: 'mount namespaces that are kept by a mount alone: no process lives in them to be asked',
  panes_unlisted: 'multiplexers that did not tell their panes: those are missing',
  home_mount_unseen: 'homes that could not be compared with what another mount namespace has under their path',
  iterator_disagreed: 'processes of which the BPF iterator says what /proc does not: /proc was read instead',
  iterator_damaged: 'readings of the BPF iterator that could not be understood: /proc was read instead',
  iterator_homes:
    'homes on file systems where the BPF iterator does not tell directories apart: /proc was read instead',
} as const satisfies Record<string, string>;

/** A reason's code, as it stands in JSON. */
export type CoverageCode = keyof typeof COVERAGE_REASONS;

/** The reasons that are told but do not make a look incomplete: what they leave out cannot be a session, or be had. */
export const HARMLESS_REASONS: ReadonlySet<CoverageCode> = new Set([
  'excluded_by_name',
  'iterator_damaged',
  'iterator_disagreed',
  'iterator_homes',
  'mount_namespace_unentered',
  'path_too_long',
]);

/** One reason with what it concerns. */
export interface CoverageReason {
  readonly code: CoverageCode;
  readonly count: number;
  /** The processes concerned, where they are known by number. */
  readonly pids: readonly number[];
}

/** How complete a look was. "No session here" is an answer only where `complete` is true. */
export interface Coverage {
  /** What all processes were read from; of several looks `bpf` only where all of them were. */
  readonly source: LookSource;
  readonly complete: boolean;
  readonly reasons: readonly CoverageReason[];
  /** What could not be understood of kernel files, in the parser's words: some of it, where there is much. */
  readonly damage: readonly string[];
}

/**
 * Whether the end of a process of our own pid namespace could be judged by this look. In a container what lies outside is
 * never seen, and the kernel counts it as hidden; no row that was written in there can name any of it. Under hidepid some
 * of our own is in that count as well: kill(2) tells all the same which numbers nobody has, which is what an end needs. That
 * nobody is in a home it does not tell.
 */
export function seesOwnNamespace({ complete, reasons }: Pick<Coverage, 'complete' | 'reasons'>): boolean {
  if (complete) return true;
  if (!reasons.some(({ code }) => code === 'pid_namespace')) return false;
  return reasons.every(({ code }) => HARMLESS_REASONS.has(code) || code === 'pid_namespace' || code === 'hidden');
}

/** The same where it is not known what was read: a server tells no more. */
export type Gaps = Omit<Coverage, 'source'>;

/** Builds a coverage from counted reasons: complete when only harmless ones are left. */
export function coverageOf(
  reasons: readonly CoverageReason[],
  damage: readonly string[] = [],
  source: LookSource = 'procfs',
): Coverage {
  return { source, complete: reasons.every((reason) => HARMLESS_REASONS.has(reason.code)), reasons, damage };
}

/** What a reading lacked: one of a look at all processes says where that came from, and one of other files does not. */
export type Lack = Pick<Coverage, 'reasons' | 'damage'> & Partial<Pick<Coverage, 'source'>>;

/** The coverage of several readings of one machine: what two of them have missed is missed once. */
export function mergedCoverage(all: readonly Lack[]): Coverage {
  const damage = new Set(all.flatMap((it) => it.damage));
  const sources = all.flatMap(({ source }) => source ?? []);
  const source = sources.length > 0 && sources.every((it) => it === 'bpf') ? 'bpf' : 'procfs';
  return coverageOf(mergedReasons(all.flatMap((it) => it.reasons)), [...damage], source);
}

function mergedReasons(reasons: readonly CoverageReason[]): CoverageReason[] {
  const byCode = new Map<CoverageReason['code'], CoverageReason>();
  for (const reason of reasons) {
    const before = byCode.get(reason.code);
    if (!before) {
      byCode.set(reason.code, reason);
      continue;
    }
    const pids = [...new Set([...before.pids, ...reason.pids])].sort((a, b) => a - b);
    const nameless = Math.max(before.count - before.pids.length, reason.count - reason.pids.length);
    byCode.set(reason.code, { code: reason.code, count: pids.length + nameless, pids });
  }
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}
