import type { Evidence } from '../model/evidence.ts';
import { describeMissing, type Outcome, valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { INITIAL_PID_NAMESPACE } from './census.ts';
import type { Machine } from './machine.ts';
import { findOomCounter } from './memory-cgroup.ts';
import { type Kmsg, openKmsg } from './native/kmsg.ts';
import { parseOomVictim } from './parse/kmsg.ts';
import { parseOomKills } from './parse/oom-kill.ts';
import type { HeldProcess } from './procfs.ts';

/** Whether the kernel has killed a process for lack of memory, as far as that was seen. */
export interface OomFinding {
  readonly isOom: boolean;
  readonly evidence: readonly Evidence[];
}

/** What is watched of one process from before its end. */
export interface OomWatch {
  /** For a process that SIGKILL has ended: whether the kernel sent it for lack of memory. */
  find(pid: number): OomFinding;
  close(): void;
}

interface Counter {
  readonly source: string;
  before: bigint | null;
  readonly read: () => Outcome<bigint>;
}

/**
 * A process that was killed for lack of memory ends soon after it was counted: what was counted earlier was another.
 * The counter of version 1 tells nobody that it has moved, so it is read at this pace, and only where it has to decide.
 */
const RECENT_MS = 5000;

const VICTIM = 'the kernel says whom it killed for lack of memory';

/**
 * Begins to watch what tells a kill for lack of memory from any other. The wait status is the same, so it takes a
 * counter that has moved, and the kernel's message that names the process; where its messages may not be read the
 * counter of the process's own cgroup has to do, and to have moved in the last seconds. That of the whole machine alone
 * proves nothing.
 *
 * Source: /dev/kmsg; oom_kill of the process's memory cgroup and of /proc/vmstat, since Linux 4.13
 * Needs:  koffi and CAP_SYSLOG for the messages, nothing for the counters; what is not seen proves nothing
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function watchOom(machine: Machine, held: HeldProcess): Promise<OomWatch> {
  const kmsg = await openKmsg();
  const cgroup = findOomCounter(machine, held);
  const own = cgroup.kind === 'value' ? counterOf(cgroup.value.path, cgroup.value.read) : null;
  const global = counterOf('/proc/vmstat', () => parseOutcome(machine.procfs.read('vmstat'), parseOomKills));
  // The messages count pids in the first namespace.
  const namespace = valueOrNull(machine.procfs.readlink('self/ns/pid'));
  const speaksOurNumbers = namespace === `pid:[${INITIAL_PID_NAMESPACE}]`;
  const isHeard = kmsg.kind === 'value' && speaksOurNumbers;
  const forget = own !== null && !isHeard ? forgetEarlier(own) : () => {};
  return {
    find: (pid) => {
      const heard = isHeard ? hear(kmsg.value, pid) : null;
      const counters = [own, global].filter((it) => it !== null).map((it) => ({ ...it, after: it.read() }));
      const hasMoved = (of: Counter | null) => counters.some((it) => it.source === of?.source && moved(it));
      const isNamed = heard?.isNamed === true && (hasMoved(own) || hasMoved(global));
      // Messages that are all there and do not name it speak against the counter, which may have moved for another.
      const isCounted = hasMoved(own) && heard?.isWhole !== true;
      const said = kmsg.kind === 'value' ? null : unheard(describeMissing(kmsg));
      const evidence = [...(heard ? heard.evidence : said ? [said] : []), ...counters.map(tell)];
      return { isOom: isNamed || isCounted, evidence };
    },
    close: () => {
      forget();
      if (kmsg.kind === 'value') kmsg.value.close();
    },
  };
}

function counterOf(source: string, read: () => Outcome<bigint>): Counter {
  return { source, before: valueOrNull(read()), read };
}

/** Moves what a counter is compared with along in time, one pace behind; what it returns stops that. */
function forgetEarlier(counter: Counter): () => void {
  let last = counter.before;
  const timer = setInterval(() => {
    counter.before = last;
    last = valueOrNull(counter.read());
  }, RECENT_MS);
  return () => clearInterval(timer);
}

function moved({ before, after }: Counter & { readonly after: Outcome<bigint> }): boolean {
  return before !== null && after.kind === 'value' && after.value > before;
}

function tell({ source, before, after }: Counter & { readonly after: Outcome<bigint> }): Evidence {
  const now = after.kind === 'value' ? String(after.value) : describeMissing(after);
  const fact = 'how often the kernel has killed for lack of memory';
  return { fact, source, value: `oom_kill ${before ?? 'unknown'}, then ${now}`, check: `grep oom_kill ${source}` };
}

function hear(kmsg: Kmsg, pid: number) {
  const { records, isWhole } = kmsg.read();
  const record = records.find((it) => parseOomVictim(it) === pid);
  if (record === undefined) {
    const value = isWhole ? `not ${pid}` : 'messages were lost before they could be read';
    return { isNamed: false, isWhole, evidence: [{ fact: VICTIM, source: '/dev/kmsg', value, check: DMESG }] };
  }
  const value = record.slice(record.indexOf(';') + 1).split('\n')[0] ?? '';
  return { isNamed: true, isWhole, evidence: [{ fact: VICTIM, source: '/dev/kmsg', value, check: DMESG }] };
}

const DMESG = "dmesg | grep 'Killed process'";

function unheard(why: string): Evidence {
  return { fact: 'the messages of the kernel may not be read', source: '/dev/kmsg', value: why, check: null };
}
