import fc from 'fast-check';
import { parseScript, type Step } from './script.ts';

/** The homes of made-up machines. */
export const HOMES = ['ada', 'bob', 'cid'];
export const PIDS = [101, 102, 103, 104, 105];

/** One process of a made-up machine, in the words of a story. */
interface Made {
  readonly pid: number;
  readonly start: number;
  readonly comm: string;
  readonly words: readonly string[];
  readonly isHidden: boolean;
}

const made = (pid: number): fc.Arbitrary<Made | null> =>
  fc.option(
    fc.record({
      pid: fc.constant(pid),
      start: fc.integer({ min: 1, max: 3 }).map((it) => pid * 10 + it),
      comm: fc.constantFrom('claude', 'claude', 'claude', 'bash'),
      words: fc
        .tuple(
          fc.constantFrom(`tty=pts/${pid} fg`, `tty=pts/${pid}`, 'sid=1'),
          fc.constantFrom('ada', 'bob', 'cid', 'ada/deep').map((home) => `cwd=/srv/agents/${home}`),
          fc.constantFrom('', '', '', 'cwd-denied', 'exe-denied', 'stat-denied', 'zombie', 'deleted', 'dying'),
        )
        .map((words) => words.filter((word) => word !== '')),
      isHidden: fc.integer({ min: 0, max: 9 }).map((it) => it === 0),
    }),
    { freq: 4 },
  );

/** A made-up machine. */
export interface MadeMachine {
  readonly homes: readonly string[];
  readonly processes: readonly Made[];
}

/** Any of them. */
export const machine: fc.Arbitrary<MadeMachine> = fc.record({
  homes: fc.subarray(HOMES, { minLength: 1 }),
  processes: fc.tuple(...PIDS.map(made)).map((all) => all.filter((it) => it !== null)),
});

/** It as a step of a script. */
export function stepOf({ homes, processes }: MadeMachine): Step {
  const lines = [
    'homes /srv/agents/*',
    'commands claude',
    ...homes.map((home) => `dir /srv/agents/${home}`),
    ...processes.map(({ pid, start, comm, words }) => `proc ${pid} ${comm} start=${start} ${words.join(' ')}`),
    ...processes.filter(({ isHidden }) => isHidden).map(({ pid }) => `hidden ${pid}`),
    'sync force',
  ];
  const [step] = parseScript(`${lines.join('\n')}\nexpect\n`).steps;
  if (!step) throw new Error('no step');
  return step;
}

/** True where this very process runs the agent's program: whoever may see it or not, it is not dead. */
export function runsStill({ processes }: MadeMachine, pid: number | null, start: bigint | null): boolean {
  return processes.some((it) => {
    const isSame = it.pid === pid && BigInt(it.start) === start;
    return isSame && it.comm === 'claude' && !it.words.includes('zombie');
  });
}
