import type { Evidence } from '../model/evidence.ts';
import type { EndProof, Incumbent } from '../model/incumbent.ts';

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
      return [
        { fact, source: `${proc}, kill(${pid}, 0)`, value: 'ENOENT or ESRCH', check: `kill -0 ${pid}; ls -d ${proc}` },
      ];
    case 'threads_ended': {
      const check = `grep -E '^(State|Threads)' ${proc}/status`;
      return [{ fact, source: `${proc}/stat fields 3, 20`, value: 'Z, 1 thread', check }];
    }
    case 'other_start': {
      const value = `started ${how.startTimeTicks} ticks after boot; the row's started at ${startTimeTicks}`;
      return [{ fact, source: `${proc}/stat field 22`, value, check: `sed 's/.*) //' ${proc}/stat | cut -d' ' -f20` }];
    }
    case 'thread_of':
      return [{ fact, source: `${proc}/status`, value: `Tgid ${how.tgid}`, check: `grep Tgid ${proc}/status` }];
    case 'other_boot': {
      const written = observedAt ? `, after the row was written (${observedAt.toISOString()})` : '';
      const value = `${how.bootId}, begun ${how.bootedAt.toISOString()}${written}; the row's is ${bootId}`;
      const source = '/proc/sys/kernel/random/boot_id';
      return [{ fact, source, value, check: `cat ${source}; uptime -s` }];
    }
  }
}
