import { Random } from '../makers/random.ts';
import type { Act } from './act.ts';
import { bundleActor, runActor, runCommands } from './actors.ts';
import { beginChaos } from './chaos.ts';
import { clockMs, pause } from './clock.ts';
import { describeAct, judgeLines } from './judge-lines.ts';
import { judgeReasons, unexplained } from './judge-reasons.ts';
import { judgeSignals } from './judge-signals.ts';
import { readLogs, readSignals } from './logs.ts';
import type { StormReport } from './report.ts';
import type { Timeline } from './timeline.ts';
import { makeWorld } from './world.ts';

/** How long a storm is, and which. */
export interface StormOptions {
  readonly scratch: string;
  readonly acts: number;
  readonly seed: number;
  /** It ends by then with fewer acts; null: it goes on. */
  readonly boundMs: number | null;
}

const ACTORS = 2;
const LANES = 4;
/** The share of acts that are done by the command. */
const BY_COMMAND = 0.05;
/** What was typed last is read by then, if it is read at all. */
const CALM_MS = 1500;
/** So much before and after a violation is told with it. */
const AROUND_MS = 1000;

/** Makes a world, lets troubles and acts loose on it, and judges the acts by what was read. */
export async function storm({ scratch, acts, seed, boundMs }: StormOptions): Promise<StormReport> {
  const random = new Random(seed);
  const program = bundleActor(scratch);
  const world = await makeWorld(scratch);
  const begunMs = clockMs();
  const chaos = beginChaos(world, random);
  const { homes, timeline, slots } = world;
  const byCommand = Math.ceil(acts * BY_COMMAND);
  const each = Math.ceil((acts - byCommand) / ACTORS);
  const signal = boundMs === null ? new AbortController().signal : AbortSignal.timeout(boundMs);
  const order = (part: number) => ({
    homes,
    seed: seed * 31 + part * 101,
    acts: each,
    firstId: 1 + part * each,
    lanes: LANES,
  });
  const names = slots.map(({ name }) => name);
  const commands = { ...order(ACTORS), acts: byCommand, firstId: 1 + ACTORS * each };
  const done = await Promise.all([
    ...Array.from({ length: ACTORS }, (_, part) => runActor(program, order(part), signal)),
    runCommands(commands, names, new Random(seed + 7), signal),
  ]);
  await chaos.end();
  await pause(CALM_MS);
  const all = done.flat();
  const lines = judgeLines(all, readLogs(world));
  const violations = [
    ...lines.violations,
    ...judgeSignals(all, readSignals(world), timeline),
    ...judgeReasons(all, timeline),
  ];
  return {
    acts: all,
    lines,
    violations: violations.map((violation) => `${violation}${around(violation, all, timeline)}`),
    unexplained: unexplained(all, timeline).map(describeAct),
    troubles: chaos.counts,
    tookMs: clockMs() - begunMs,
  };
}

/** What else was going on around the act that a violation is of. */
function around(violation: string, acts: readonly Act[], timeline: Timeline): string {
  const id = Number(/act (\d+)/.exec(violation)?.[1]);
  const act = acts.find((it) => it.id === id);
  if (!act) return '';
  const [from, to] = [act.lookMs - AROUND_MS, act.toMs + AROUND_MS];
  const others = acts.filter((it) => it.name === act.name && it.fromMs < to && it.toMs > from);
  const lines = [...others]
    .sort((a, b) => a.fromMs - b.fromMs)
    .map((it) => `${it.lookMs.toFixed(1)} ${it.fromMs.toFixed(1)}…${it.toMs.toFixed(1)} ${describeAct(it)}`);
  return `\n    ${[...timeline.tell(act.name, from, to), ...lines].join('\n    ')}`;
}
