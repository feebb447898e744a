import type { Evidence } from '../model/evidence.ts';
import type { Home } from '../model/home.ts';
import { describeMissing } from '../model/outcome.ts';
import type { ProcessFacts } from '../model/process.ts';
import { shellWord } from '../model/shell-word.ts';
import { type ByteString, toText } from '../model/text.ts';
import { type Program, shownScript } from './program.ts';

const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for a device',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'its first thread has ended, others live',
  I: 'idle',
};

/** A state letter in words. */
function describeState(letter: string): string {
  return STATES[letter] ?? letter;
}

/** The facts that make a process alive, and this program. */
export function livingEvidence(facts: ProcessFacts, program: Program, command: ByteString | null): Evidence[] {
  const { stat } = facts;
  const proc = `/proc/${stat.pid}`;
  return [
    {
      fact: 'the process lives',
      source: `${proc}/stat fields 3, 20`,
      value: `${stat.state} (${describeState(stat.state)}), ${stat.threadCount} thread${stat.threadCount === 1 ? '' : 's'}`,
      check: `grep -E '^(State|Threads)' ${proc}/status`,
    },
    {
      fact: 'it is this incarnation',
      source: `${proc}/stat field 22`,
      value: `started ${stat.startTimeTicks} ticks after boot`,
      check: `sed 's/.*) //' ${proc}/stat | cut -d' ' -f20`,
    },
    programEvidence(facts, program, command),
  ];
}

function programEvidence(facts: ProcessFacts, program: Program, command: ByteString | null): Evidence {
  const proc = `/proc/${facts.stat.pid}`;
  const file = facts.exe.kind === 'value' ? facts.exe.value.path : program.file;
  const matched = command ? `; the command ${show(command)} matches` : '';
  const script = shownScript(program, command);
  if (script !== null) {
    const value = `${show(file)} runs ${show(script)}${matched}`;
    return { fact: 'program', source: `${proc}/cmdline`, value, check: `tr '\\0' ' ' < ${proc}/cmdline; echo` };
  }
  const value = `${show(file)}, named ${show(program.comm)}${matched}`;
  return { fact: 'program', source: `${proc}/exe, comm`, value, check: `readlink ${proc}/exe; cat ${proc}/comm` };
}

/** Why the process is in this home. */
export function homeEvidence(facts: ProcessFacts, home: Home, levelsUp: number): Evidence {
  const path = `/proc/${facts.stat.pid}/cwd${'/..'.repeat(levelsUp)}`;
  const where =
    levelsUp === 0 ? 'its cwd' : levelsUp === 1 ? 'the parent of its cwd' : `${levelsUp} levels above its cwd`;
  return {
    fact: `${where} is the home ${show(home.path)}`,
    source: path,
    value: `${home.dev}:${home.ino} in both`,
    check: `stat -Lc %d:%i ${path} ${shellWord(home.path)}`,
  };
}

/** Where the process works, for a session that has no home. */
export function cwdEvidence(facts: ProcessFacts): Evidence {
  const path = `/proc/${facts.stat.pid}/cwd`;
  const { cwd } = facts;
  return { fact: 'working directory', source: path, value: describeCwd(cwd), check: `readlink ${path}` };
}

function describeCwd(cwd: ProcessFacts['cwd']): string {
  if (cwd === null) return 'not read';
  if (cwd.kind !== 'value') return describeMissing(cwd);
  return cwd.value.path === null ? 'a path of 4096 bytes or more' : show(cwd.value.path);
}

/** Which terminal it is on, and whether it is in front there. */
export function terminalEvidence(facts: ProcessFacts): Evidence[] {
  const { stat, terminal } = facts;
  const source = `/proc/${stat.pid}/stat`;
  if (!terminal) {
    return [
      {
        fact: 'it has no controlling terminal',
        source: `${source} field 7`,
        value: '0',
        check: `ps -o tty= -p ${stat.pid}`,
      },
    ];
  }
  const instance = terminal.dev === null ? '' : ` of the devpts instance ${terminal.dev}`;
  return [
    {
      fact: 'controlling terminal',
      source: `${source} field 7`,
      value: `${terminal.name} (device ${terminal.ttyNr})${instance}`,
      check: `ps -o tty= -p ${stat.pid}`,
    },
    {
      fact: foregroundFact(stat.pgid, stat.tpgid),
      source: `${source} fields 5, 8`,
      value: `process group ${stat.pgid}, foreground group ${stat.tpgid}`,
      check: `ps -o pgid=,tpgid= -p ${stat.pid}`,
    },
  ];
}

function foregroundFact(pgid: number, tpgid: number): string {
  if (tpgid <= 0) return "which group is in the terminal's foreground is unknown";
  return pgid === tpgid ? "it is in the terminal's foreground" : "it is in the terminal's background";
}

/** A conclusion from the facts above it. */
export function inference(fact: string, value: string): Evidence {
  return { fact, source: 'identity', value, check: null };
}

/** Bytes as people read them. */
export function show(bytes: ByteString): string {
  return toText(bytes).text;
}
