// Hot path: a nudge, in process. Compared with a bare `tmux send-keys`, which checks nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chooseTyping, type Transport } from '../src/act/choose-typing.ts';
import { holdLinks } from '../src/act/held-links.ts';
import { type HeldSession, holdSession } from '../src/act/hold.ts';
import { nudge } from '../src/act/nudge.ts';
import { type Readiness, verifyReady } from '../src/act/readiness.ts';
import { liveMachine } from '../src/kernel/machine.ts';
import { loadPidfds } from '../src/kernel/native/pidfd.ts';
import { loadTty } from '../src/kernel/native/tty.ts';
import { openTerminal } from '../src/kernel/open-terminal.ts';
import { isRefusal, type Refusal } from '../src/model/refusal.ts';
import { runClient } from '../src/panes/client.ts';
import type { Typing } from '../src/panes/typing.ts';
import { compare, type Sample } from './harness/measure.ts';
import { type Nudged, startNudged } from './harness/nudged.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianMs, percentile } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const VERIFY = 'verify: the session, its terminal, who else reads';
const DIRECT = 'verify, and write to the terminal';
const BARE = 'tmux send-keys, which verifies nothing';
const TMUX = 'verify, and type through tmux, which checks too';
const WHOLE_DIRECT = 'a nudge, direct: both steps and their confirmation';
const WHOLE_TMUX = 'a nudge through tmux: both steps and their confirmation';
const NAMES = [VERIFY, DIRECT, BARE, TMUX, WHOLE_DIRECT, WHOLE_TMUX];
const ROUNDS = 41;
const DEFAULT_PAUSE_MS = 200;

const run = promisify(execFile);

/** Measures the steps of a nudge; null where there is no tmux. */
export async function measureNudge(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  const nudged = await startNudged(workshop);
  if (nudged === null) return null;
  const held = sure(await holdSession(nudged.session, { commands: [COMMAND] }));
  try {
    return await measureSteps(nudged, held);
  } finally {
    held.close();
    nudged.close();
  }
}

async function measureSteps(nudged: Nudged, held: HeldSession): Promise<{ table: Table; targets: Target[] }> {
  const { session, tmux, pane } = nudged;
  const calls = { pidfds: await loadPidfds(), tty: await loadTty() };
  const machine = liveMachine();
  if (session.terminal === null || !session.pane) throw new Error('the session has lost its pane');
  const opened = openTerminal(held.proc, session.terminal);
  if (opened.kind !== 'value') throw new Error(`its terminal cannot be opened: ${opened.kind}`);
  const links = sure(holdLinks(machine.procfs, session.pane.links));
  const readiness: Readiness = { machine, held, terminal: opened.value, links, tty: calls.tty, lineMode: false };
  const wish = { byteCount: 1, lineMode: false, run: runClient, calls };
  const typing = (transport: Transport) => sure(chooseTyping(session.pane as never, { ...wish, transport }));
  const ways = { direct: typing('direct'), tmux: typing('tmux') };
  const send = [...tmux, 'send-keys', '-t', pane, '-l', 'x'];
  const step = async (way: Typing) => {
    sure(verifyReady(readiness));
    sure(await way.type(Buffer.from('x')));
  };
  const whole = async (transport: Transport) => {
    const done = sure(await nudge(session, 'x', { commands: [COMMAND], transport, enterDelayMs: 0 }));
    if (done.outcome !== 'delivered') throw new Error(`a nudge was not delivered: ${done.message}`);
  };
  const [program = '', ...words] = send;
  try {
    const samples = await compare(
      [
        timed(VERIFY, async () => void sure(verifyReady(readiness))),
        timed(DIRECT, () => step(ways.direct)),
        timed(BARE, () => run(program, words)),
        timed(TMUX, () => step(ways.tmux)),
        timed(WHOLE_DIRECT, () => whole('direct')),
        timed(WHOLE_TMUX, () => whole('tmux')),
      ],
      ROUNDS,
    );
    const tail = (name: string) =>
      percentile(
        (samples.get(name) ?? []).map(({ ms }) => ms),
        0.95,
      );
    const rows = NAMES.map((name) => [name, digits(medianMs(samples, name)), digits(tail(name))]);
    return {
      table: {
        title: 'A nudge of one byte, in process',
        head: ['', 'ms', '95th %'],
        rows: [...rows, ['the pause between the text and Enter, which comes on top', String(DEFAULT_PAUSE_MS), '']],
        note: `Of ${ROUNDS} rounds, everything once a round. Whoever confirms waits in steps of 2 ms.`,
      },
      targets: [
        atMost('nudge: verify', 1, medianMs(samples, VERIFY), 'ms'),
        atMost('nudge: verify and write, direct', 2, medianMs(samples, DIRECT), 'ms'),
        atMost('nudge: verify and type, through tmux', 15, medianMs(samples, TMUX), 'ms'),
      ],
    };
  } finally {
    for (const way of Object.values(ways)) way.close();
    for (const link of links) link.close();
    opened.value.close();
  }
}

function timed(name: string, work: () => Promise<unknown>) {
  const measure = async (): Promise<Sample> => {
    const begun = performance.now();
    await work();
    return { ms: performance.now() - begun, peakBytes: 0, found: null };
  };
  return { name, run: measure };
}

function sure<T>(result: T | Refusal): T {
  if (isRefusal(result)) throw new Error(`refused: ${result.reason}: ${result.message}`);
  return result;
}
