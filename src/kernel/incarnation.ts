import type { Incumbent, Sighting } from '../model/incumbent.ts';
import { describeMissing } from '../model/outcome.ts';
import { isLive } from '../model/process.ts';
import type { Host } from '../model/snapshot.ts';
import { parseOutcome } from './attempt.ts';
import { parseTgid } from './parse/proc-status.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

const HIDDEN = 'the process is hidden from us';

/**
 * Looks whether one incarnation still lives.
 * Ended needs proof: no such number where our numbers are the row's (ENOENT from /proc and ESRCH from kill(2); under
 * hidepid the first alone is nothing), ESRCH through a directory that was held, all threads ended, another start
 * where both clocks start at the same moment, a number that is now a thread's, or a boot that began after the row was
 * written. Whatever else goes wrong is `unseen`.
 *
 * Source: /proc/<pid>/stat, /proc/<pid>/status, kill(pid, 0)
 * Needs:  nothing; under hidepid what is hidden is unseen
 */
export function sightIncarnation(procfs: Procfs, incumbent: Incumbent, host: Host): Sighting {
  if (host.bootId === null) return unseen('our own boot id may not be read');
  if (incumbent.bootId !== null && incumbent.bootId !== host.bootId) {
    return sightOtherBoot(incumbent, host, host.bootId);
  }
  const sighting = sightHere(procfs, incumbent, host);
  // A number that nobody has, in a row of no known boot: where the row is older than this boot that is the better proof.
  if (incumbent.bootId !== null || sighting.kind !== 'ended') return sighting;
  const otherBoot = sightOtherBoot(incumbent, host, host.bootId);
  return otherBoot.kind === 'ended' ? otherBoot : sighting;
}

function sightHere(procfs: Procfs, incumbent: Incumbent, host: Host): Sighting {
  const pids = incumbent.pidNamespace === undefined || incumbent.pidNamespace === host.pidNamespace;
  if (!pids) return unseen('its pid was counted in another pid namespace');
  const self = procfs.readlink('self');
  if (self.kind !== 'value' || self.value !== String(procfs.selfPid)) {
    return unseen('/proc belongs to another pid namespace than ours');
  }
  const opened = procfs.open(incumbent.pid);
  if (opened.kind === 'gone') {
    return procfs.exists(incumbent.pid)
      ? unseen(HIDDEN)
      : ended({ by: 'no_process', errnos: `${opened.errno}, ESRCH` });
  }
  if (opened.kind !== 'value') return fromMissing(opened);
  try {
    return sightHeld(opened.value, incumbent, host);
  } finally {
    opened.value.close();
  }
}

function sightOtherBoot({ observedAt }: Incumbent, { bootedAt }: Host, bootId: string): Sighting {
  if (observedAt && bootedAt && bootedAt > observedAt) return ended({ by: 'other_boot', bootId, bootedAt });
  return unseen('it belongs to another boot, and this one is not known to have begun after it was seen');
}

function sightHeld(held: HeldProcess, incumbent: Incumbent, host: Host): Sighting {
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return fromMissing(stat);
  const { startTimeTicks } = stat.value;
  const times = incumbent.timeNamespace === undefined || incumbent.timeNamespace === host.timeNamespace;
  if (!times) return unseen('its start was counted in another time namespace');
  if ((incumbent.startTimeTicks ?? startTimeTicks) !== startTimeTicks)
    return ended({ by: 'other_start', startTimeTicks });
  const tgid = parseOutcome(held.read('status'), parseTgid);
  if (tgid.kind !== 'value') return fromMissing(tgid);
  if (tgid.value !== incumbent.pid) return ended({ by: 'thread_of', tgid: tgid.value });
  const { state, threadCount } = stat.value;
  return isLive(stat.value) ? { kind: 'alive' } : ended({ by: 'threads_ended', state, threadCount });
}

/** Through a held directory ESRCH is proof: the process that was held has been reaped. ENOENT is what hidepid says. */
function fromMissing(missing: Parameters<typeof describeMissing>[0]): Sighting {
  if (missing.kind === 'gone' && missing.errno === 'ESRCH')
    return ended({ by: 'no_process', errnos: 'ESRCH through a directory that was held' });
  if (missing.kind === 'gone') return unseen(HIDDEN);
  return unseen(`it may not be looked at: ${describeMissing(missing)}`);
}

function ended(how: Extract<Sighting, { kind: 'ended' }>['how']): Sighting {
  return { kind: 'ended', how };
}

function unseen(why: string): Sighting {
  return { kind: 'unseen', why };
}
