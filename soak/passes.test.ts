import { describe, expect, it } from 'vitest';
import { Passes, passesAround } from './passes.ts';

const log = (...lines: readonly string[]) => {
  const passes = new Passes('');
  for (const line of lines) passes.add(line, 1000);
  return passes;
};
const said = (seconds: string, duration: string, words: string) =>
  `${seconds} red LOG:  duration: ${duration} ms  ${words}`;

const READ = 'execute <unnamed>: -- $1 the host id, $2 whether the evidence is wanted as well';
const WHOLE = [
  said('10.000', '0.1', 'statement: begin isolation level read committed'),
  said('10.010', '0.5', 'execute <unnamed>: select pg_advisory_xact_lock(hashtextextended($1::text, 0::bigint))'),
  said('10.020', '2.0', READ),
  '\t-- the rest of it',
  said('10.065', '5.0', 'parse <unnamed>: insert'),
  said('10.080', '1.0', 'execute <unnamed>: insert'),
  said('10.090', '1.0', 'statement: commit'),
];

describe('Passes', () => {
  it('finds a pass in what the server says of its statements, and how long its look took', () => {
    const [pass] = log(...WHOLE).of('red');
    expect(pass?.fromMs).toBeCloseTo(9000);
    expect(pass?.toMs).toBeCloseTo(9090);
    expect(pass?.lookMs).toBeCloseTo(40);
  });

  it('leaves out other transactions, what was rolled back, and what was cut', () => {
    expect(log(said('1.0', '0.1', 'statement: begin'), said('1.1', '0.1', 'statement: commit')).of('red')).toEqual([]);
    expect(log(...WHOLE.slice(0, -1), said('10.09', '1.0', 'statement: rollback')).of('red')).toEqual([]);
    expect(log(...WHOLE.slice(0, -1), ...WHOLE).of('red')).toHaveLength(1);
  });

  it('tells the pass before a moment and the one after it', () => {
    const passes = log(...WHOLE, ...WHOLE.map((line) => line.replace(/^10/, '11')));
    expect(passesAround(passes.of('red'), 9500)).toMatchObject({ last: { fromMs: 9000 }, next: { fromMs: 10_000 } });
    expect(passesAround(passes.of('red'), 9050)).toMatchObject({ last: null });
    expect(passesAround([], 9500)).toEqual({ last: null, next: null });
  });
});
