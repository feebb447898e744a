import { PlumblineError } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import { loadNetlink, type Netlink, type NetlinkSocket } from './native/netlink.ts';
import { type NetNamespace, withNetNamespace } from './net-namespaces.ts';
import type { Procfs } from './procfs.ts';

/** Where to ask, and whom. */
export interface NetlinkPlace {
  readonly procfs: Procfs;
  readonly netlink: Netlink;
  readonly namespace: NetNamespace;
  /** NETLINK_ROUTE, NETLINK_SOCK_DIAG */
  readonly protocol: number;
}

/**
 * Opens a socket to the kernel in a network namespace, for as long as something is asked.
 *
 * Source: netlink(7), setns(2)
 * Needs:  as `withNetNamespace()`
 */
export function withNetlinkIn<T>(
  { procfs, netlink, namespace, protocol }: NetlinkPlace,
  use: (socket: NetlinkSocket) => Outcome<T>,
): Outcome<T> {
  return withNetNamespace(procfs, namespace, (fd) => {
    const opened = netlink.open(protocol, fd);
    if (opened.kind !== 'value') return opened;
    try {
      return use(opened.value);
    } finally {
      opened.value.close();
    }
  });
}

/**
 * What asks the kernel, where koffi loads; else null: the text files tell what they know.
 *
 * Source: netlink(7)
 * Needs:  nothing
 */
export async function netlinkOrNull(): Promise<Netlink | null> {
  try {
    return await loadNetlink();
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return null;
    throw error;
  }
}
