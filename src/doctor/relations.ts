import { CoverageLog } from '../kernel/coverage.ts';
import type { Machine } from '../kernel/machine.ts';
import { findNetNamespaces, labelOf } from '../kernel/net-namespaces.ts';
import { netlinkOrNull, withNetlinkIn } from '../kernel/netlink-in.ts';
import { NETLINK_SOCK_DIAG } from '../kernel/parse/inet-diag.ts';
import { readStat } from '../kernel/process-stat.ts';
import { type HeldProcess, withProcess } from '../kernel/procfs.ts';
import { describeMissing, type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { PF } from '../model/process.ts';
import { toText } from '../model/text.ts';
import { type Finding, fine } from './finding.ts';

/** So many are named; where there are more, they are alike. */
const MOST_NAMED = 8;

/**
 * Whose open files may be read: who has a socket, a lock or a terminal's master is found among them.
 * Needs: nothing; same uid or CAP_SYS_PTRACE to find it fine
 */
export function examineOpenFiles({ procfs }: Machine): Finding {
  const pids = (valueOrNull(procfs.list())?.pids ?? []).filter((pid) => {
    const stat = valueOrNull(readStat(procfs, pid));
    // Kernel threads have none.
    return stat !== null && (stat.flags & PF.KTHREAD) === 0;
  });
  const denied = pids.filter((pid) => withProcess(procfs, pid, firstLink).kind === 'denied');
  if (denied.length === 0) return fine('open files', `of all ${pids.length} processes may be read`);
  return {
    what: 'open files',
    state: 'lost',
    found: `of ${denied.length} of ${pids.length} processes may not be read (${named(denied.map(String))})`,
    lost: 'which sockets, locks and terminals those have: connections and locks tell them as held by nobody seen',
    mend: 'run plumb as root with all capabilities; what is denied even then cannot be had here',
  };
}

/** The names can be told where the links are denied: to root without CAP_SYS_PTRACE. */
function firstLink(held: HeldProcess): Outcome<unknown> {
  const names = held.list('fd');
  const [first] = valueOrNull(names) ?? [];
  return first === undefined ? names : held.readlink(`fd/${first}`);
}

/**
 * In which network namespaces sockets and routes are asked for by messages.
 * Needs: nothing; CAP_SYS_ADMIN and koffi to find all of them fine
 */
export async function examineNetworks({ procfs }: Machine): Promise<Finding> {
  const namespaces = findNetNamespaces(procfs, valueOrNull(procfs.list())?.pids ?? [], new CoverageLog());
  const count = `${namespaces.length} network namespace${namespaces.length === 1 ? '' : 's'} found`;
  const netlink = await netlinkOrNull();
  if (netlink === null) return textOnly(`${count}, and messages to the kernel cannot be sent without koffi`);
  const barred = namespaces.flatMap((namespace) => {
    const place = { procfs, netlink, namespace, protocol: NETLINK_SOCK_DIAG };
    const entered = withNetlinkIn(place, () => value(null));
    // One that has ended meanwhile is not missed.
    if (entered.kind === 'value' || entered.kind === 'gone') return [];
    return [`${toText(labelOf(namespace)).text}: ${describeMissing(entered)}`];
  });
  if (barred.length === 0) return fine('networks', `${count}, each asked by messages for sockets and routes`);
  return textOnly(`${count}, and ${barred.length} may not be entered (${named(barred)})`);
}

function textOnly(found: string): Finding {
  const lost =
    'of those: policy rules, most of each route, bytes and round-trip times of connections, ends of Unix sockets';
  return { what: 'networks', state: 'lost', found, lost, mend: 'run plumb as root, with koffi (npm ci)' };
}

function named(all: readonly string[]): string {
  return `${all.slice(0, MOST_NAMED).join(', ')}${all.length > MOST_NAMED ? ' …' : ''}`;
}
