import { parseOutcome } from '../kernel/attempt.ts';
import { parseTgid } from '../kernel/parse/proc-status.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import { type HeldProcess, withProcess } from '../kernel/procfs.ts';
import type { Evidence } from '../model/evidence.ts';
import { describeMissing, type Outcome, value } from '../model/outcome.ts';
import { PF, type ProcessStat } from '../model/process.ts';
import type { Why } from '../model/why.ts';
import type { MachineLook } from './machine-look.ts';
import { answerOf, type Found } from './why-answer.ts';
import { called, whyProcess } from './why-process.ts';

/**
 * From a process to its session. The number of a thread leads to its process.
 *
 * Needs: nothing; under hidepid the process's own user
 */
export function whyPid(look: MachineLook, pid: number): Why {
  const nothing = (why: string, unseen: string | null): Found => {
    const asked = String(pid);
    return { kind: 'pid', asked, says: () => why, evidence: [], processes: [], nothing: why, unseen };
  };
  const { procfs } = look.machine;
  const read = withProcess(procfs, pid, (held) => readWhole(held));
  if (read.kind === 'gone') {
    // kill(2) counts as our own pid namespace does, /proc as the one that it was mounted in.
    const isHidden = procfs.exists(pid);
    const foreign = look.snapshot.coverage.reasons.some(({ code }) => code === 'foreign_procfs');
    if (foreign)
      return answerOf(look, nothing(`there is no process ${pid}`, '/proc belongs to another pid namespace than ours'));
    if (isHidden)
      return answerOf(look, nothing(`there is no process ${pid}`, 'it exists, and /proc hides it (hidepid)'));
    return absent(look, nothing(`there is no process ${pid}`, null));
  }
  if (read.kind !== 'value') {
    return answerOf(look, nothing(`there is no process ${pid}`, `it may not be looked at (${describeMissing(read)})`));
  }
  const { stat, tgid } = read.value;
  if (tgid === pid) return explained(look, pid, stat, []);
  const owner = withProcess(procfs, tgid, readHeldStat);
  if (owner.kind !== 'value')
    return answerOf(
      look,
      nothing(`there is no process ${pid}`, `it was a thread of ${tgid}, which has ended meanwhile`),
    );
  const thread: Evidence = {
    fact: `${pid} is a thread of`,
    value: called(owner.value),
    source: `/proc/${pid}/status, line Tgid`,
    check: `grep -E '^(Tgid|Pid):' /proc/${pid}/status`,
  };
  return explained(look, pid, owner.value, [thread]);
}

function explained(look: MachineLook, asked: number, now: ProcessStat, evidence: readonly Evidence[]): Why {
  const listed = look.stats.get(now.pid);
  const stat = listed?.startTimeTicks === now.startTimeTicks && listed.ppid === now.ppid ? listed : now;
  const role = (stat.flags & PF.KTHREAD) === 0 ? 'is what was asked for' : 'is a thread of the kernel';
  return answerOf(look, {
    kind: 'pid',
    asked: String(asked),
    says: (names) => `${called(stat)} counts to ${names}`,
    evidence,
    processes: [whyProcess(look, stat, [{ role, evidence: [] }])],
    nothing: null,
    unseen: null,
  });
}

/** That nobody has a number is proven by two calls, whatever else could not be seen. */
function absent(look: MachineLook, found: Found): Why {
  return { ...answerOf(look, found), verdict: 'none', answer: found.nothing ?? '' };
}

function readWhole(held: HeldProcess): Outcome<{ readonly stat: ProcessStat; readonly tgid: number }> {
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return stat;
  const tgid = parseOutcome(held.read('status'), parseTgid);
  return tgid.kind === 'value' ? value({ stat: stat.value, tgid: tgid.value }) : tgid;
}
