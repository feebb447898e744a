import type { Answer, Milliseconds, Reading } from '../model.ts';

/** A reading as it travels from a reader: a map is no JSON. */
type Wire = { readonly asked: Milliseconds; readonly answered: Milliseconds } & (
  | { readonly answers: readonly (readonly [string, Answer])[] }
  | { readonly failure: string }
);

/** One line. */
export function readingLine(reading: Reading): string {
  const wire: Wire = 'failure' in reading ? reading : { ...reading, answers: [...reading.answers] };
  return JSON.stringify(wire);
}

/** @throws {SyntaxError} where it is no JSON */
export function parseReadingLine(line: string): Reading {
  // Our own child has written it.
  const wire = JSON.parse(line) as Wire;
  return 'failure' in wire ? wire : { ...wire, answers: new Map(wire.answers) };
}

/** CLOCK_MONOTONIC, which all processes of a run share. */
export function clockMs(): Milliseconds {
  return Number(process.hrtime.bigint()) / 1e6;
}
