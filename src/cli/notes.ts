import { type CoverageCode, type CoverageReason, type Gaps, HARMLESS_REASONS } from '../model/coverage.ts';
import { REMEDIES, REMEDY_OF } from '../model/remedies.ts';
import type { Session } from '../model/session.ts';
import type { Output } from './output.ts';
import { escapeCell } from './render/escape.ts';

/** Where root is told to become root, something else holds it back. */
const RIGHTS_AS_ROOT = 'root may not see them here: CAP_SYS_PTRACE is missing, or it is root of a namespace only';

/** What could not be seen, in words for a person who is in a hurry. */
const NOTES: Readonly<Record<CoverageCode, (reason: CoverageReason) => string>> = {
  pid_namespace: () => 'processes outside this container',
  foreign_procfs: () => 'our own processes (this /proc belongs to another namespace)',
  hidden: ({ count }) => `${processes(count)} that /proc hides`,
  uncountable: () => 'whatever /proc hides (it is mounted with subset=pid)',
  stat_denied: ({ count }) => `${processes(count)} of other users`,
  cwd_denied: (reason) => `the working directory of ${processes(reason.count)}${pids(reason)}`,
  cwd_timeout: (reason) =>
    `the working directory of ${processes(reason.count)}${pids(reason)}: the file system does not answer`,
  cwd_unreadable: (reason) =>
    `the way from the working directory of ${processes(reason.count)}${pids(reason)} to the root`,
  home_unreadable: ({ count }) => `${count} configured home${plural(count)}`,
  malformed: ({ count }) => `${count} kernel file${plural(count)} that plumb does not understand`,
  unstable: ({ count }) => `${processes(count)} that kept changing`,
  churn: () => 'processes that came and went too fast',
  process_denied: ({ count }) => `the program, directory, terminal or namespaces of ${processes(count)}`,
  path_too_long: () => '',
  fd_denied: (reason) => `the open files of ${processes(reason.count)}${pids(reason)}`,
  terminal_unplaced: (reason) => `which terminals ${processes(reason.count)}${pids(reason)} hold`,
  net_namespace_denied: (reason) => `the network namespace of ${processes(reason.count)}${pids(reason)}`,
  net_namespace_unreadable: ({ count }) => `${count} network namespace${plural(count)}`,
  parents_ended: (reason) => `whether ${processes(reason.count)}${pids(reason)} count to it: their parents have ended`,
  lock_parties_unseen: ({ count }) => `who has or waits for ${count} lock${plural(count)}`,
  locks_unreadable: () => 'who waits for a lock',
  rules_denied: ({ count }) =>
    `the rules of ${count} network namespace${plural(count)}, and part of what their routes say`,
  rules_untold: ({ count }) =>
    `the rules of ${count} network namespace${plural(count)}, and part of what their routes say`,
  excluded_by_name: () => '',
  mount_namespace_denied: (reason) => `the mount namespace of ${processes(reason.count)}${pids(reason)}`,
  mount_namespace_partial: (reason) =>
    `the whole of ${reason.count} mount namespace${plural(reason.count)}, each seen from one root only${pids(reason)}`,
  mount_namespace_unentered: () => '',
  panes_unlisted: ({ count }) => `the panes of ${count} multiplexer${plural(count)}`,
  iterator_disagreed: () => '',
  iterator_damaged: () => '',
  iterator_homes: () => '',
  home_mount_unseen: ({ count }) => `what ${count} home${plural(count)} lead to in other mount namespaces`,
};

/** What one reason has kept from being seen, in a few words; empty for what is not told. */
export function describeGap(reason: CoverageReason): string {
  return NOTES[reason.code](reason);
}

/**
 * Says in a line, or two, what the answer lacks; nothing where it is complete.
 * @param command whose JSON has all of it
 */
export function noteCoverage(
  output: Pick<Output, 'note'>,
  coverage: Gaps,
  { command = 'list', isRoot = globalThis.process.getuid?.() === 0 } = {},
): void {
  const inContainer = coverage.reasons.some(({ code }) => code === 'pid_namespace');
  const byRemedy = new Map<keyof typeof REMEDIES, string[]>();
  for (const reason of coverage.reasons) {
    if (HARMLESS_REASONS.has(reason.code)) continue;
    // In a container the hidden processes are the ones outside: told once is enough.
    if (inContainer && reason.code === 'hidden') continue;
    const remedy = REMEDY_OF[reason.code];
    byRemedy.set(remedy, [...(byRemedy.get(remedy) ?? []), NOTES[reason.code](reason)]);
  }
  const lines = [...byRemedy].map(([remedy, whats]) => {
    const help = remedy === 'rights' && isRoot ? RIGHTS_AS_ROOT : REMEDIES[remedy];
    return `not seen: ${whats.join('; ')} (${help})`;
  });
  const rest = `not seen: more than that, see coverage in plumb ${command} -o json`;
  const shown = lines.length > 2 ? [lines[0] ?? '', rest] : lines;
  for (const line of shown) output.note(line);
}

/** Warns of patterns that match no directory: most likely a slip of the pen. */
export function noteUnmatched(output: Pick<Output, 'note'>, patterns: readonly string[]): void {
  for (const pattern of patterns) output.note(`no directory matches ${pattern}`);
}

/** Tells of the sessions that lines cannot show, since they have no single owner. */
export function noteOwnerless(output: Pick<Output, 'note'>, sessions: readonly Session[]): void {
  for (const session of sessions) {
    if (session.verdict === 'ambiguous') output.note(describeAmbiguous(session));
  }
  const unknown = sessions.filter(({ verdict }) => verdict === 'unknown');
  if (unknown.length === 0) return;
  output.note(`unknown: what runs on ${unknown.map((it) => it.terminal?.name ?? escapeCell(it.name)).join(', ')}`);
}

/** Who claims a home: `ada is ambiguous: 12 (claude) on pts/1, in the foreground; …`. */
export function describeAmbiguous({ name, claimants }: Session): string {
  const who = claimants.map(({ pid, command, terminal, reason }) => {
    return `${pid} (${escapeCell(command)})${terminal ? ` on ${terminal.name}` : ''}, ${reason}`;
  });
  return `${escapeCell(name)} is ambiguous: ${who.join('; ')}`;
}

/** Without homes a name is only a label: says which ones stand for several terminals. */
export function noteSharedLabels(output: Pick<Output, 'note'>, sessions: readonly Session[]): void {
  const counts = new Map<string, number>();
  for (const { name } of sessions) counts.set(escapeCell(name), (counts.get(escapeCell(name)) ?? 0) + 1);
  const shared = [...counts].filter(([, count]) => count > 1).map(([label, count]) => `${label} (${count})`);
  if (shared.length === 0) return;
  output.note(`several terminals share a label: ${shared.join(', ')}; homes make names unique: --home '/srv/agents/*'`);
}

function processes(count: number): string {
  return `${count} process${count === 1 ? '' : 'es'}`;
}

function plural(count: number): string {
  return count === 1 ? '' : 's';
}

function pids({ pids: known }: CoverageReason): string {
  if (known.length === 0) return '';
  return ` (${known.slice(0, 5).join(', ')}${known.length > 5 ? ' …' : ''})`;
}
