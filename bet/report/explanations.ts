import type { Answer, LastSo, Milliseconds, Mishap, RunResult, WrongStretch } from '../model.ts';
import { type Cause, causeOf } from './causes.ts';
import { figure, isPlumbline } from './summary.ts';

interface Explained {
  readonly seed: number;
  readonly stretch: WrongStretch;
  readonly cause: Cause;
}

/** Every wrong stretch of plumbline's systems with its cause: those of one cause together, the longest in full. */
export function explanations(runs: readonly RunResult[]): string {
  const systems = [...new Set(runs.flatMap((run) => run.systems.map(({ system }) => system)))].filter(isPlumbline);
  return systems.flatMap((system) => [...explainSystem(system, runs), '']).join('\n');
}

function explainSystem(system: string, runs: readonly RunResult[]): string[] {
  const all = runs.flatMap((run): Explained[] => {
    const stretches = run.systems.find((result) => result.system === system)?.stretches ?? [];
    return stretches.map((stretch) => ({ seed: run.options.seed, stretch, cause: causeOf(system, stretch, run) }));
  });
  if (all.length === 0) return [`**${system}**: no row was wrong at any reading.`];
  const groups = [...grouped(all)];
  groups.sort(([, one], [, other]) => secondsOf(other) - secondsOf(one));
  const open = all.filter(({ cause }) => !cause.explained);
  const sum = `${plural(all.length, 'stretch', 'stretches')}, ${figure(secondsOf(all))} row seconds in all runs together`;
  return [
    `**${system}**: ${sum}${open.length > 0 ? `; **${open.length} of them not explained**` : ''}.`,
    '',
    ...groups.flatMap(([what, group]) => explainGroup(what, group)),
  ];
}

function grouped(all: readonly Explained[]): ReadonlyMap<string, readonly Explained[]> {
  const groups = new Map<string, Explained[]>();
  for (const it of all) {
    const what = `${it.stretch.wrong}: ${it.cause.text}`;
    groups.set(what, [...(groups.get(what) ?? []), it]);
  }
  return groups;
}

function explainGroup(what: string, group: readonly Explained[]): string[] {
  const longest = group.reduce((one, other) => (other.stretch.seconds > one.stretch.seconds ? other : one));
  const head = `- ${group.length} × ${what}. ${figure(secondsOf(group))} row seconds`;
  // Where the times explain nothing, all of them are told.
  const shown = longest.cause.explained ? [longest] : group;
  if (shown.length === 1) return [`${head}; ${group.length === 1 ? 'it' : 'the longest'}: ${tell(longest)}.`];
  return [`${head}:`, ...shown.map((it) => `  - ${tell(it)}.`)];
}

function tell({ seed, stretch }: Explained): string {
  const { session, from, asked, seconds, readings, answer, lastSo, truth, after, afterMs } = stretch;
  const cause =
    after === null ? 'nothing had happened to it before' : `${ms(afterMs ?? 0)} after ${nameOf(after)} began`;
  return [
    `seed ${seed}, ${session}, answered at ${(from / 1000).toFixed(3)} s (asked ${ms(from - asked)} before), ${cause}`,
    `said ${tellAnswer(answer)}, ${tellLastSo(lastSo, from)}: since ${ms(from - truth.since)} it was ${tellTruth(truth)}`,
    `seen by ${plural(readings, 'reading', 'readings')}, ${figure(seconds)} s`,
  ].join('; ');
}

/** A mishap in words. */
function nameOf(mishap: Mishap): string {
  return 'session' in mishap ? `${mishap.kind} ${mishap.session}` : mishap.kind;
}

function tellAnswer(answer: Answer): string {
  if (answer.status !== 'alive') return answer.status;
  const { process: named, pane } = answer;
  return `alive, ${named ? `${named.host}:${named.pid}` : 'no pid'}, ${pane ? `${pane.server} ${pane.id}` : 'no pane'}`;
}

function tellLastSo({ whole, inParts }: LastSo, from: Milliseconds): string {
  if (whole !== null) return `which was so until ${ms(from - whole)} before`;
  return inParts === null ? 'which was never so' : `which was so in parts, until ${ms(from - inParts)} before`;
}

function tellTruth(truth: WrongStretch['truth']): string {
  if (truth.status === 'dead') return 'dead';
  const names = truth.names.map(({ host, pid }) => `${host}:${pid}`).join(' = ');
  return `alive, ${names}, ${truth.pane ? `${truth.pane.server} ${truth.pane.id}` : 'no pane'}`;
}

function secondsOf(all: readonly Explained[]): number {
  return all.reduce((sum, { stretch }) => sum + stretch.seconds, 0);
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
