import type { ActivityFacts, TerminalActivity } from '../model/activity.ts';
import type { Evidence } from '../model/evidence.ts';
import { describeMissing, type Outcome } from '../model/outcome.ts';
import type { TerminalMode } from '../model/terminal.ts';
import { childrenAtWork } from './activity.ts';

/** The facts behind an activity, each with the command that shows it now. */
export function activityEvidence(pid: number, facts: ActivityFacts): Evidence[] {
  const proc = `/proc/${pid}`;
  const window = `in ${Math.round(facts.windowMs)} ms`;
  return [
    ...(facts.terminal ? terminalEvidence(proc, window, facts.terminal) : []),
    {
      fact: `CPU time ${window}`,
      source: `${proc}/task/*/schedstat, ${proc}/stat fields 14 to 17`,
      value: told(facts.cpuNs, (ns) => `${(Number(ns) / 1e6).toFixed(1)} ms`),
      check: `cut -d' ' -f1 ${proc}/task/*/schedstat`,
    },
    {
      fact: `bytes read ${window}`,
      source: `${proc}/io rchar`,
      value: told(facts.bytesRead, String),
      check: `grep rchar ${proc}/io`,
    },
    {
      fact: 'its first thread is',
      source: `${proc}/syscall`,
      value: told(facts.waiting, (waiting) => WAITING[waiting]),
      check: `cat ${proc}/syscall`,
    },
    {
      fact: 'its control group is frozen',
      source: `${proc}/cgroup`,
      value: told(facts.frozen, (frozen) => (frozen ? 'yes' : 'no')),
      check: `cat ${proc}/cgroup`,
    },
    childrenEvidence(pid, facts),
  ];
}

const WAITING = {
  running: 'running',
  reading_terminal: 'in read(2) on its terminal',
  elsewhere: 'elsewhere',
} as const;

function terminalEvidence(proc: string, window: string, terminal: TerminalActivity): Evidence[] {
  const descriptor = `${proc}/${terminal.descriptor ?? 'fd'}`;
  const timesCheck = terminal.descriptor && `stat -Lc 'read %x, written %y' ${descriptor}`;
  return [
    {
      fact: 'last input and output (up to 8 s too early)',
      source: `atime, mtime of ${descriptor}`,
      value: told(terminal.times, (it) => `${it.lastInputAt.toISOString()}, ${it.lastOutputAt.toISOString()}`),
      check: timesCheck,
    },
    {
      fact: `writes to its terminal ${window}`,
      source: `inotify on ${descriptor}`,
      value: told(terminal.writes, String),
      check: null,
    },
    {
      fact: 'typed and not read',
      source: `FIONREAD of ${descriptor}`,
      value: told(terminal.unreadBytes, (count) => `${count} bytes`),
      check: null,
    },
    {
      fact: 'its terminal hands over',
      source: `termios of ${descriptor}`,
      value: told(terminal.mode, describeMode),
      check: terminal.descriptor && `stty -aF ${descriptor}`,
    },
  ];
}

function describeMode({ canonical, echo, isig }: TerminalMode): string {
  const flags = [canonical ? 'icanon' : '-icanon', echo ? 'echo' : '-echo', isig ? 'isig' : '-isig'];
  return `${canonical ? 'lines' : 'keys'} (${flags.join(' ')})`;
}

function childrenEvidence(pid: number, facts: ActivityFacts): Evidence {
  const working = childrenAtWork(facts);
  return {
    fact: 'children at work',
    source: 'ppid of all processes',
    value: told(facts.children, (children) => {
      const named = working.map(({ child, reason }) => `${child.pid} (${child.command.text}) ${reason}`);
      const quiet = children.length - working.length;
      return [...named, `${quiet} ${named.length > 0 ? 'other' : quiet === 1 ? 'child' : 'children'} at rest`].join(
        ', ',
      );
    }),
    check: `ps -o pid,ppid,etimes,stat,comm -p ${pid} --ppid ${pid}`,
  };
}

function told<T>(outcome: Outcome<T>, describe: (fact: T) => string): string {
  return outcome.kind === 'value' ? describe(outcome.value) : `not seen: ${describeMissing(outcome)}`;
}
