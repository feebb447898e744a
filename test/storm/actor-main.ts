// Looks, picks a session, waits a little and acts on it, again and again: `actor-main ORDER`. Prints each act.
import fs from 'node:fs';
import { type NudgeOptions, nudge } from '../../src/act/nudge.ts';
import { type SignalSent, sendSignal } from '../../src/act/signal.ts';
import { readSignal } from '../../src/act/signal-names.ts';
import { parseHomes } from '../../src/config/parse-homes.ts';
import type { Refusal } from '../../src/model/refusal.ts';
import type { Session } from '../../src/model/session.ts';
import { observe } from '../../src/observe.ts';
import { Random } from '../makers/random.ts';
import { type Act, type ActorOrder, COMMAND } from './act.ts';
import { clockMs, pause } from './clock.ts';
import { stormText } from './texts.ts';

const order = JSON.parse(globalThis.process.argv[2] ?? '') as ActorOrder;
const homes = parseHomes([`${order.homes}/*`]);
const endId = order.firstId + order.acts;
let nextId = order.firstId;
// What has begun is finished, and told.
globalThis.process.once('SIGTERM', () => {
  nextId = endId;
});

const before = descriptors();
await Promise.all(Array.from({ length: order.lanes }, (_, lane) => run(new Random(order.seed + lane))));
const left = descriptors().length - before.length;
if (left > 10) throw new Error(`descriptors are left: ${descriptors().join(' ')}`);

/** What this process has open. */
function descriptors(): string[] {
  return fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
}

async function run(random: Random): Promise<void> {
  for (;;) {
    if (nextId >= endId) return;
    const lookMs = clockMs();
    const options = { homes, commands: [COMMAND], panes: true, identifyPrograms: true, proveAbsence: false };
    const { sessions } = await observe(options);
    const alive = sessions.filter(({ verdict, pid }) => verdict === 'alive' && pid !== null);
    if (alive.length === 0) {
      await pause(10);
      continue;
    }
    const session = random.pick(alive);
    await pause(random.between(0, 50));
    // Others may have taken the last ones meanwhile.
    if (nextId >= endId) return;
    const act = await actOn(session, { random, id: nextId++, lookMs });
    globalThis.process.stdout.write(`${JSON.stringify(act)}\n`);
  }
}

interface Occasion {
  readonly random: Random;
  readonly id: number;
  readonly lookMs: number;
}

async function actOn(session: Session, { random, id, lookMs }: Occasion): Promise<Act> {
  const fromMs = clockMs();
  const isSignal = random.chance(0.12);
  const make = isSignal ? signal : type;
  const done = await make(session, random, id);
  const { pid, startTimeTicks, name } = session;
  const by = { id, by: 'library', name: name.text, incarnation: `${pid}.${startTimeTicks}` } as const;
  return { ...by, kind: isSignal ? 'signal' : 'nudge', lookMs, fromMs, toMs: clockMs(), ...done };
}

type Done = Pick<Act, 'way' | 'typed' | 'outcome' | 'reason' | 'message' | 'sentTo'>;

async function signal(session: Session, random: Random): Promise<Done> {
  const tree = random.chance(0.3);
  const usr1 = readSignal('USR1');
  if (usr1 === null) throw new Error('there is no SIGUSR1');
  const common = { way: tree ? 'tree' : 'one', typed: '' };
  return { ...common, ...told(await attempt(() => sendSignal(session, usr1, { commands: [COMMAND], tree }))) };
}

async function type(session: Session, random: Random, id: number): Promise<Done> {
  const [place = ''] = session.name.text.split('-');
  const isCooked = session.name.text.includes('cooked');
  const ways =
    place === 'screen'
      ? ['auto', 'direct', 'screen']
      : place === 'tmux'
        ? ['auto', 'auto', 'auto', 'direct', 'tmux']
        : [...Array<string>(9).fill('auto'), 'direct', 'tmux'];
  const way = random.pick(ways);
  const most = isCooked || way === 'direct' || place === 'pty' ? 3000 : place === 'screen' ? 20_000 : 100_000;
  const { text, typed, paste } = stormText(random, id, { mostBytes: most, paste: !isCooked });
  const options: NudgeOptions = {
    commands: [COMMAND],
    transport: way === 'auto' ? null : (way as 'tmux' | 'screen' | 'direct'),
    lineMode: isCooked,
    paste,
    enterDelayMs: random.between(0, 30),
    readWithinMs: random.between(300, 1000),
    patienceMs: 5000,
  };
  return { way, typed, ...told(await attempt(() => nudge(session, text, options))) };
}

type Answer = Awaited<ReturnType<typeof nudge>> | SignalSent | Refusal;

function told(answer: Answer | Error): Pick<Act, 'outcome' | 'reason' | 'message' | 'sentTo'> {
  if (answer instanceof Error) return { outcome: 'thrown', reason: '', message: `${answer.stack}`, sentTo: [] };
  const { outcome } = answer;
  if (outcome === 'refused') return { outcome, reason: answer.reason, message: answer.message, sentTo: [] };
  if (outcome === 'sent') {
    const left = answer.left.map(({ reason }) => reason).join('; ');
    const sentTo = answer.processes.map(({ pid, startTimeTicks }) => `${pid}.${startTimeTicks}`);
    return { outcome, reason: '', message: left, sentTo };
  }
  const reason = outcome === 'uncertain' ? answer.typed : '';
  return { outcome, reason, message: answer.message, sentTo: [] };
}

async function attempt(act: () => Promise<Answer>): Promise<Answer | Error> {
  try {
    return await act();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
