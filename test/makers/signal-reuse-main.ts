import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { sendSignal } from '../../src/act/signal.ts';
import { readSignal } from '../../src/act/signal-names.ts';
import { liveMachine, type Machine } from '../../src/kernel/machine.ts';
import { readStat } from '../../src/kernel/process-stat.ts';
import { observe } from '../../src/observe.ts';
import { changedMachine, untilAtOnce } from './changed-machine.ts';

/** What became of a signal whose process's number was given to another in between. */
export interface ReusedNumber {
  /** The answer's reason, or `sent`. */
  readonly answer: string;
  /** Whether the process that has the number now lives on. */
  readonly newcomerLives: boolean;
}

const NUMBER = 300;

// Runs as the first process of a pid namespace: `signal-reuse-main HOME NUMBERED AGENT before_hold|within_hold`.
const [home = '', numbered = '', agent = '', when] = globalThis.process.argv.slice(2);
const signal = readSignal('KILL');
if (!signal) throw new Error('there is no KILL');

start();
const commands = ['claude'];
const homes = [{ kind: 'path' as const, name: 'ada', path: home, origin: 'test' }];
const snapshot = await observe({ homes, commands, terminal: 'optional', identifyPrograms: true });
const session = snapshot.sessions[0];
if (!session || session.pid !== NUMBER) throw new Error(`no session: ${JSON.stringify(snapshot.homes[0]?.reason)}`);

if (when === 'before_hold') replace();
const answer = await sendSignal(asked(), signal, {
  commands,
  machine: when === 'before_hold' ? liveMachine() : trap(),
});
const stat = readStat(liveMachine().procfs, NUMBER);
const told: ReusedNumber = {
  answer: answer.outcome === 'refused' ? answer.reason : answer.outcome,
  newcomerLives: stat.kind === 'value' && stat.value.state !== 'Z',
};
globalThis.process.stdout.write(`${JSON.stringify(told)}\n`);
globalThis.process.exit(0);

/** Runs the agent under its number, and returns once it runs. */
function start(): void {
  spawn(numbered, [String(NUMBER), agent], { cwd: home, stdio: ['pipe', 'ignore', 'inherit'] });
  untilAtOnce(() => fs.readlinkSync(`/proc/${NUMBER}/exe`) === agent);
}

/** Ends the agent, and gives its number to another one: the same program, in the same home. */
function replace(): void {
  globalThis.process.kill(NUMBER, 'SIGKILL');
  untilAtOnce(() => !fs.existsSync(`/proc/${NUMBER}`));
  start();
}

/** Within the hold: between the pidfd, which is the old one's, and the directory, which is the new one's. */
function trap(): Machine {
  let isSprung = false;
  return changedMachine((procfs) => ({
    open: (pid) => {
      if (!isSprung) replace();
      isSprung = true;
      return procfs.open(pid);
    },
  }));
}

/** Within the hold the look's start is that of whoever has the number: as if both had started in one tick of the clock. */
function asked() {
  if (when === 'before_hold' || !session) return session ?? fail();
  const now = () => {
    const stat = readStat(liveMachine().procfs, NUMBER);
    return stat.kind === 'value' ? stat.value.startTimeTicks : null;
  };
  return Object.defineProperty({ ...session }, 'startTimeTicks', { get: now });
}

function fail(): never {
  throw new Error('no session');
}
