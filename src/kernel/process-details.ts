import type { ParseError } from '../model/errors.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { isLive, PF, type ProcessStat } from '../model/process.ts';
import type { NamespaceKind, ProcessDetails } from '../model/process-entry.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { livingTask } from './living-task.ts';
import { tellingPath } from './own-cgroup-path.ts';
import { containerOfCgroup } from './parse/cgroup-container.ts';
import { parseNamespaceLink } from './parse/namespace-link.ts';
import { parseProcCgroup } from './parse/proc-cgroup.ts';
import { parseProcCmdline } from './parse/proc-cmdline.ts';
import { parseResidentPages } from './parse/proc-statm.ts';
import { parseNamespacePids } from './parse/proc-status.ts';
import type { HeldProcess, Procfs } from './procfs.ts';
import type { Terminals } from './terminals.ts';

/** What to read of each process: every part costs a read of its own. */
export interface DetailsWanted {
  readonly terminalDev: boolean;
  readonly argv: boolean;
  readonly exe: boolean;
  readonly cwd: boolean;
  readonly uid: boolean;
  readonly memory: boolean;
  readonly innerPid: boolean;
  readonly cgroup: boolean;
  readonly namespaces: readonly NamespaceKind[];
}

/** What could not be read of a process: a reason, or what was not understood. */
export type DetailsGap = 'process_denied' | 'path_too_long' | ParseError;

/** What is known of a process of which nothing has been read. */
export const NO_DETAILS: ProcessDetails = {
  terminalDev: null,
  argv: null,
  exe: null,
  cwd: null,
  uid: null,
  residentPages: null,
  innerPid: null,
  cgroup: null,
  container: null,
  namespaces: {},
};

/** Where many processes are in one control group, its path is read of each and taken apart once. */
type CgroupFacts = Pick<ProcessDetails, 'cgroup' | 'container'>;

/** Reads the details of processes. */
export class DetailsReader {
  readonly #wanted: DetailsWanted;
  readonly #terminals: Terminals;
  /** The pid namespace in which a process has the number that /proc tells; null where we do not see it. */
  readonly #ownNamespace: bigint | null;
  readonly #inodes = new Map<ByteString, bigint>();
  readonly #cgroups = new Map<string, CgroupFacts>();

  constructor(wanted: DetailsWanted, terminals: Terminals, procfs: Procfs) {
    this.#wanted = wanted;
    this.#terminals = terminals;
    // Where /proc is another namespace's, ours is not the one that its numbers are of.
    const isOurs = valueOrNull(procfs.readlink('self')) === String(procfs.selfPid);
    this.#ownNamespace = isOurs ? valueOrNull(pidNamespace(procfs, 'self/')) : null;
  }

  /**
   * Reads what was asked for.
   *
   * Source: /proc/<pid>, cmdline, exe, cwd, statm, cgroup, ns, fd; status of one in another pid namespace
   * Needs:  same uid or CAP_SYS_PTRACE for exe, cwd, ns and fd; otherwise those are null, and noted
   * @param stat what the process was just now: a kernel thread has no program, and a zombie has none any more
   * @param gaps gets what could not be read; what is gone, or was never there, is no gap
   */
  of(held: HeldProcess, stat: ProcessStat, gaps: DetailsGap[]): ProcessDetails {
    const wanted = this.#wanted;
    const has = keeper(gaps);
    const isKernels = (stat.flags & PF.KTHREAD) !== 0;
    const runs = !isKernels && isLive(stat);
    const prefix = runs ? livingTask(held, stat) : '';
    const namespaces = this.#namespaces(held, prefix, has);
    return {
      namespaces,
      uid: wanted.uid ? has(held.owner()) : null,
      residentPages: wanted.memory ? has(parseOutcome(held.read(`${prefix}statm`), parseResidentPages)) : null,
      innerPid: wanted.innerPid ? this.#innerPid(held, stat.pid, namespaces.pid, has) : null,
      argv: wanted.argv && runs ? has(parseOutcome(held.read(`${prefix}cmdline`), parseProcCmdline)) : null,
      exe: wanted.exe && runs ? has(held.readlink(`${prefix}exe`)) : null,
      cwd: wanted.cwd && runs ? has(held.readlink(`${prefix}cwd`)) : null,
      terminalDev: wanted.terminalDev && runs ? this.#terminalDev(held, stat.ttyNr, prefix, gaps) : null,
      ...(wanted.cgroup ? this.#cgroup(held, has) : NO_CGROUP),
    };
  }

  /** Its status says it in any case, and takes the kernel five times as long as the link that mostly is enough. */
  #innerPid(held: HeldProcess, pid: number, known: bigint | null | undefined, has: Keep): number | null {
    const own = this.#ownNamespace;
    const namespace = own === null || known !== undefined ? known : valueOrNull(pidNamespace(held));
    if (own !== null && namespace === own) return pid;
    return has(parseOutcome(held.read('status'), parseNamespacePids))?.at(-1) ?? null;
  }

  #terminalDev(held: HeldProcess, ttyNr: number, prefix: string, gaps: DetailsGap[]): bigint | null {
    const { terminal } = this.#terminals.of(held, ttyNr, prefix);
    if (terminal === null || terminal.index === null) return null;
    // Without a descriptor on it the instance is not known; where none may be seen, that is why.
    if (terminal.dev === null && held.list(`${prefix}fd`).kind === 'denied') gaps.push('process_denied');
    return terminal.dev;
  }

  #namespaces(held: HeldProcess, prefix: string, has: Keep): ProcessDetails['namespaces'] {
    const found: Partial<Record<NamespaceKind, bigint | null>> = {};
    for (const kind of this.#wanted.namespaces) {
      found[kind] = has(this.#inode(held.readlink(`${prefix}ns/${kind}`)));
    }
    return found;
  }

  /** Most processes are in few namespaces: each link is taken apart once. */
  #inode(link: Outcome<ByteString>): Outcome<bigint> {
    if (link.kind !== 'value') return link;
    const known = this.#inodes.get(link.value);
    if (known !== undefined) return value(known);
    const parsed = parseOutcome(link, parseNamespaceLink);
    if (parsed.kind === 'value') this.#inodes.set(link.value, parsed.value);
    return parsed;
  }

  #cgroup(held: HeldProcess, has: Keep): CgroupFacts {
    const bytes = held.read('cgroup');
    if (bytes.kind !== 'value') return has(bytes) ?? NO_CGROUP;
    const key = Buffer.from(bytes.value.buffer, bytes.value.byteOffset, bytes.value.length).toString('latin1');
    let facts = this.#cgroups.get(key);
    if (!facts) {
      const places = has(parseOutcome(bytes, parseProcCgroup));
      facts = places === null ? NO_CGROUP : { cgroup: tellingPath(places) ?? '/', container: containerOf(places) };
      this.#cgroups.set(key, facts);
    }
    return facts;
  }
}

function pidNamespace(from: Pick<HeldProcess, 'readlink'>, prefix = ''): Outcome<bigint> {
  return parseOutcome(from.readlink(`${prefix}ns/pid`), parseNamespaceLink);
}

type Keep = <T>(outcome: Outcome<T>) => T | null;

/** Keeps a value, and notes why there is none. */
function keeper(gaps: DetailsGap[]): Keep {
  return (outcome) => {
    if (outcome.kind === 'value') return outcome.value;
    if (outcome.kind === 'denied') gaps.push('process_denied');
    else if (outcome.kind === 'malformed') gaps.push(outcome.error);
    else if (outcome.kind === 'unsupported' && outcome.errno === 'ENAMETOOLONG') gaps.push('path_too_long');
    return null;
  };
}

const NO_CGROUP: CgroupFacts = { cgroup: null, container: null };

/** Of several hierarchies any one may name it: a runtime need not use all of them. */
function containerOf(places: readonly { readonly path: ByteString }[]): CgroupFacts['container'] {
  for (const { path } of places) {
    const container = containerOfCgroup(path);
    if (container !== null) return container;
  }
  return null;
}
