import type { Evidence } from '../model/evidence.ts';
import type { EndProof, Incumbent } from '../model/incumbent.ts';
import type { FileId } from '../model/process.ts';

/** How an incarnation ended, in a few words. */
export function describeEnd(how: EndProof): string {
  switch (how.by) {
    case 'no_process':
      return 'no process has its number';
    case 'threads_ended':
      return 'all of its threads have ended';
    case 'other_start':
      return 'its number is another process now';
    case 'thread_of':
      return `its number is a thread of ${how.tgid} now`;
    case 'other_boot':
      return 'the machine was started anew';
  }
}

/** The fact that proves it, and the command that shows it. */
export function endEvidence({ pid, bootId, startTimeTicks, observedAt }: Incumbent, how: EndProof): Evidence[] {
  const proc = `/proc/${pid}`;
  const fact = describeEnd(how);
  switch (how.by) {
    case 'no_process':
      return [{ fact, source: `${proc}, kill(${pid}, 0)`, value: how.errnos, check: `kill -0 ${pid}; ls -d ${proc}` }];
    case 'threads_ended': {
      const value = `${how.state}, ${how.threadCount} thread${how.threadCount === 1 ? '' : 's'}`;
      const check = `grep -E '^(State|Threads)' ${proc}/status`;
      return [{ fact, source: `${proc}/stat fields 3, 20`, value, check }];
    }
    case 'other_start': {
      const value = `started ${how.startTimeTicks} ticks after boot; the row's started at ${startTimeTicks}`;
      return [{ fact, source: `${proc}/stat field 22`, value, check: `sed 's/.*) //' ${proc}/stat | cut -d' ' -f20` }];
    }
    case 'thread_of':
      return [{ fact, source: `${proc}/status`, value: `Tgid ${how.tgid}`, check: `grep Tgid ${proc}/status` }];
    case 'other_boot': {
      const written = observedAt ? `, after the row was written (${observedAt.toISOString()})` : '';
      const value = `${how.bootId}, begun ${how.bootedAt.toISOString()}${written}; the row's is ${bootId ?? 'not known'}`;
      const source = '/proc/sys/kernel/random/boot_id';
      return [{ fact, source, value, check: `cat ${source}; uptime -s` }];
    }
  }
}

/** What proves that a living process has left for another program. */
export function leftEvidence(pid: number, before: FileId, now: FileId): Evidence {
  const source = `/proc/${pid}/exe`;
  const value = `${now.dev}:${now.ino}; the row's is ${before.dev}:${before.ino}`;
  return { fact: 'it runs another program file', source, value, check: `stat -Lc %d:%i ${source}` };
}

/** What shows that a process has another number in a pid namespace of its own. */
export function innerEvidence(pid: number, numbers: readonly number[]): Evidence {
  const source = `/proc/${pid}/status`;
  const value = `NSpid ${numbers.join(' ')}`;
  return { fact: 'its numbers in the pid namespaces that it is in', source, value, check: `grep NSpid ${source}` };
}
