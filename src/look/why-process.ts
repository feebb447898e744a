import type { Step } from '../identity/membership.ts';
import type { Evidence } from '../model/evidence.ts';
import { isLive, PF, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import { shellWord } from '../model/shell-word.ts';
import { toBytes, toText } from '../model/text.ts';
import type { WhyProcess } from '../model/why.ts';
import type { MachineLook } from './machine-look.ts';

/** What a process has to do with what was asked, and the facts behind that. */
export interface Role {
  readonly role: string;
  readonly evidence: readonly Evidence[];
}

/** A process with the way to its session, each step a line that can be checked by hand. */
export function whyProcess(look: MachineLook, stat: ProcessStat, roles: readonly Role[]): WhyProcess {
  const tag = look.tagOf(stat);
  const mayCountTo = look.mayCountTo(stat);
  const line = look.lineOf(stat);
  const evidence = [
    ...roles.flatMap((it) => it.evidence),
    ...line.flatMap((step, index) => stepEvidence(look, step, line[index - 1]?.stat)),
    ...(tag === null ? whyNone(look, stat, line) : [ownerEvidence(line, tag.session)]),
    ...mayCountTo.map(doubt),
  ];
  return { stat, roles: roles.map(({ role }) => role), tag, mayCountTo, evidence };
}

/** Processes with all that each has to do with what was asked, the youngest number last. */
export function whyProcesses(look: MachineLook, found: Iterable<readonly [ProcessStat, Role]>): WhyProcess[] {
  const byPid = new Map<number, { readonly stat: ProcessStat; readonly roles: Role[] }>();
  for (const [stat, role] of found) {
    const known = byPid.get(stat.pid);
    if (known) known.roles.push(role);
    else byPid.set(stat.pid, { stat: inLook(look, stat), roles: [role] });
  }
  const all = [...byPid.values()].sort((one, other) => one.stat.pid - other.stat.pid);
  return all.map(({ stat, roles }) => whyProcess(look, stat, roles));
}

/** The look's own reading of a process: its parents may have ended since. */
function inLook(look: MachineLook, stat: ProcessStat): ProcessStat {
  const listed = look.stats.get(stat.pid);
  return listed?.startTimeTicks === stat.startTimeTicks ? listed : stat;
}

/** How a process is called in a line: `4711 (node)`. */
export function called({ pid, comm }: ProcessStat): string {
  return `${pid} (${toText(comm).text})`;
}

function stepEvidence(look: MachineLook, { stat, by }: Step, before: ProcessStat | undefined): Evidence[] {
  if (before === undefined) return [itself(stat)];
  const { pid } = before;
  const file = `/proc/${pid}/stat`;
  if (by === 'child') {
    const check = `ps -o ppid= -p ${pid}`;
    return [{ fact: `${pid} is a child of`, value: called(stat), source: `${file} field 4`, check }];
  }
  if (by === 'cgroup') {
    const [group = ''] = look.cgroupsOf(stat);
    const check = `grep -H . /proc/${pid}/cgroup /proc/${stat.pid}/cgroup`;
    const value = `${toText(group).text}, which is its own`;
    return [{ fact: `${pid} is in the control group of ${called(stat)}`, value, source: `/proc/${pid}/cgroup`, check }];
  }
  const check = `ps -o sid= -p ${pid}`;
  const source = `${file} field 6`;
  return [{ fact: `${pid} is in the kernel session that was made by`, value: called(stat), source, check }];
}

function itself(stat: ProcessStat): Evidence {
  const { pid, startTimeTicks } = stat;
  return {
    fact: 'the process',
    value: `${called(stat)}, ${isLive(stat) ? '' : 'a zombie: it has ended, and its parent has not asked how, '}started ${startTimeTicks} ticks after boot`,
    source: `/proc/${pid}/stat fields 2, 3, 22`,
    check: `ps -o pid,stat,lstart,comm -p ${pid}`,
  };
}

function ownerEvidence(line: readonly Step[], session: Session): Evidence {
  const owner = line.at(-1)?.stat;
  const name = toBytes(session.name);
  const claims = session.pid === null ? `claims the home of ${session.name.text}` : 'is the session';
  return {
    fact: `${owner?.pid} ${claims}`,
    value: session.name.text,
    source: 'identity',
    check: `plumb show ${name.startsWith('-') ? '-- ' : ''}${shellWord(name)}`,
  };
}

function whyNone(look: MachineLook, stat: ProcessStat, line: readonly Step[]): Evidence[] {
  const top = (line.at(-1) as Step).stat;
  const seen = look.snapshot.sessions.length;
  return [
    ...(top.pid === 1 || (top.flags & PF.KTHREAD) !== 0 ? [] : [endOfLine(top)]),
    {
      fact: 'no session is among them',
      value: `${seen} session${seen === 1 ? '' : 's'} seen`,
      source: 'identity',
      check: 'plumb list',
    },
    kernelSession(look, stat),
    {
      fact: 'its control groups',
      value:
        look
          .cgroupsOf(stat)
          .map((it) => toText(it).text)
          .join(' ') || 'none below the roots',
      source: `/proc/${stat.pid}/cgroup`,
      check: `cat /proc/${stat.pid}/cgroup`,
    },
  ];
}

function doubt({ name, pid }: Session): Evidence {
  return {
    fact: `it may count to ${name.text}`,
    value: `it is younger than ${pid ?? 'those who claim it'}, its parent has ended, and nothing else tells`,
    source: 'identity',
    check: null,
  };
}

function endOfLine({ pid, ppid }: ProcessStat): Evidence {
  const value = ppid === 0 ? 'none that this pid namespace has' : `${ppid}, which has ended or cannot be seen`;
  return { fact: `the parent of ${pid}`, value, source: `/proc/${pid}/stat field 4`, check: `ps -o ppid= -p ${pid}` };
}

function kernelSession(look: MachineLook, { pid, sid }: ProcessStat): Evidence {
  const leader = look.stats.get(sid);
  const made = sid <= 0 ? 'of another pid namespace' : leader ? `made by ${called(leader)}` : 'its maker has ended';
  const source = `/proc/${pid}/stat field 6`;
  return { fact: 'its kernel session', value: `${sid}, ${made}`, source, check: `ps -o sid= -p ${pid}` };
}
