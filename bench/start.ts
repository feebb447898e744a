// Hot path: how much the command costs where there is little to see, over a Node that does nothing.
import proc from 'node:process';
import { compare, meter } from './harness/measure.ts';
import { listed, populate } from './harness/population.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { median, medianMs, peakBytes } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const BARE = 'node -e 0';
const LIST = 'plumb list, 3 sessions in homes';
const TERMINALS = 'plumb list, without configuration';
const VERSION = 'plumb --version';
const LIMIT_MS = 25;
const QUIET = 200;
const ROUNDS = 41;

/** Measures the start; null where the command has not been built. */
export async function measureStart(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  const { plumb } = workshop;
  if (plumb === null) return null;
  const population = await populate(workshop, 10, 3);
  const node = (name: string, ...args: string[]) => ({ name, run: () => meter(workshop, [proc.execPath, ...args]) });
  const around = listed();
  try {
    const samples = await compare(
      [
        node(BARE, '-e', '0'),
        node(VERSION, plumb, '--version'),
        node(TERMINALS, plumb, 'list'),
        node(LIST, plumb, 'list', '--home', `${population.homes}/*`, '--command', COMMAND),
      ],
      ROUNDS,
    );
    // The difference within each round, since the machine's pace changes from one round to the next.
    const overBare = (name: string) => {
      const bare = samples.get(BARE) ?? [];
      return median((samples.get(name) ?? []).map(({ ms }, round) => ms - (bare[round]?.ms ?? Number.NaN)));
    };
    const rows = [BARE, VERSION, TERMINALS, LIST].map((name) => {
      const peak = digits(peakBytes(samples, name) / 1e6);
      return [name, digits(medianMs(samples, name)), name === BARE ? '' : digits(overBare(name)), peak];
    });
    const quiet = around <= QUIET ? '' : ` More than ${QUIET}: this machine is not quiet.`;
    return {
      table: {
        title: `Start: piped, ${around} processes`,
        head: ['', 'ms', 'over bare node', 'peak MB'],
        rows,
        note: `Medians of ${ROUNDS} rounds, everything once a round.${quiet}`,
      },
      targets: [LIST, TERMINALS].map((name) => atMost(`${name}: over bare node`, LIMIT_MS, overBare(name), 'ms')),
    };
  } finally {
    await population.close();
  }
}
