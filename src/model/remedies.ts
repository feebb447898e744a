import type { CoverageCode } from './coverage.ts';

/** What would show what a look has missed. */
export const REMEDIES = {
  rights: 'run plumb as root to see them',
  host: 'run plumb on the host to see them',
  procfs: 'mount -t proc proc /proc shows them',
  storage: 'check the network file systems: mount -t nfs,nfs4,cifs,fuse',
  again: 'ask again',
  why: 'plumb why pid NUMBER says what is known of each',
  sharers: 'root sees who shares an open file and who sleeps in the call; one on its way through a socket nobody does',
  panes: 'plumb panes says why',
  calls: 'plumb doctor says whether system calls can be made',
  report: 'plumb record DIR keeps what was read, for a report',
} as const;

/** Which remedy is for which reason. */
export const REMEDY_OF: Readonly<Record<CoverageCode, keyof typeof REMEDIES>> = {
  pid_namespace: 'host',
  foreign_procfs: 'procfs',
  hidden: 'rights',
  uncountable: 'procfs',
  stat_denied: 'rights',
  cwd_denied: 'rights',
  cwd_timeout: 'storage',
  cwd_unreadable: 'rights',
  home_unreadable: 'rights',
  malformed: 'report',
  unstable: 'again',
  churn: 'again',
  process_denied: 'rights',
  path_too_long: 'report',
  fd_denied: 'rights',
  terminal_unplaced: 'why',
  net_namespace_denied: 'rights',
  net_namespace_unreadable: 'rights',
  parents_ended: 'why',
  lock_parties_unseen: 'sharers',
  locks_unreadable: 'procfs',
  rules_denied: 'rights',
  rules_untold: 'calls',
  excluded_by_name: 'rights',
  mount_namespace_denied: 'rights',
  mount_namespace_partial: 'rights',
  mount_namespace_unentered: 'rights',
  panes_unlisted: 'panes',
  home_mount_unseen: 'rights',
};
