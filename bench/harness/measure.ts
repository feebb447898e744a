import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quietMoment } from './quiet.ts';
import type { Workshop } from './workshop.ts';

/** One run of one contender. */
export interface Sample {
  readonly ms: number;
  /** The processor's time alone, where it is known: it depends less on what others do. */
  readonly cpuMs?: number;
  readonly peakBytes: number;
  /** How many sessions it found, where it says so. */
  readonly found: number | null;
}

/** Something that is measured against the others. */
export interface Contender {
  readonly name: string;
  /** A slow one takes part in so many rounds only. */
  readonly rounds?: number;
  run(): Promise<Sample>;
}

/** What a whole command cost. */
export interface Metered extends Sample {
  readonly exitCode: number;
  readonly lines: number;
  readonly lastLine: string;
}

const run = promisify(execFile);

/** Runs a command to its end, with its output in a pipe. */
export async function meter(workshop: Workshop, command: readonly string[]): Promise<Metered> {
  const { stdout } = await run(workshop.meter, [...command]);
  const [ms, cpuMs, peakKib, exitCode, lines, ...lastLine] = stdout.trimEnd().split('\t');
  return {
    ms: Number(ms),
    cpuMs: Number(cpuMs),
    peakBytes: Number(peakKib) * 1024,
    exitCode: Number(exitCode),
    lines: Number(lines),
    found: Number(lines),
    lastLine: lastLine.join('\t'),
  };
}

/** The samples of one contender, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Runs all contenders in turn, round by round, each in a quiet moment; what else the machine does meets all alike.
 * Each round starts with another one, or the same one would always pay for what its predecessor left in the caches.
 * @param waits false: at any moment, where so many rounds are run that quiet ones are among them
 */
export async function compare(contenders: readonly Contender[], rounds: number, waits = true): Promise<Samples> {
  let disturbed = 0;
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length] as Contender;
      if (round >= (contender.rounds ?? rounds)) continue;
      if (waits && !(await quietMoment())) disturbed++;
      samples.get(contender.name)?.push(await contender.run());
    }
  }
  if (disturbed > 0) console.log(`${disturbed} runs found no quiet moment: others work on this machine`);
  return samples;
}
