import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import type { TableNeeds } from '../tables/live-table.ts';
import type { NamedStatement } from './engine-runs.ts';

/** The values of parameters, as Bind brings them. */
export interface Parameters {
  readonly types: readonly number[];
  readonly formats: readonly number[];
  readonly values: readonly (Uint8Array | null)[];
}

/** No parameters. */
export const NO_PARAMETERS: Parameters = { types: [], formats: [], values: [] };

/** A query that can be run, again too: whatever the engine has of it is made anew in each run. */
export interface BoundQuery {
  /** What is parsed; null where `needs` is bound to itself. */
  readonly text: string | null;
  readonly parameters: Parameters;
  /** The prepared statement that it names. */
  readonly statement: NamedStatement | null;
  readonly needs: TableNeeds;
}

const NOTHING = new Uint8Array();

/** Messages that bind it, which plans it and finds out most of what is wrong, and tell what its rows are like. */
export function checkFrames(query: BoundQuery, formats: readonly number[]): Uint8Array {
  return joined([bound(query, formats), frontend.describe('portal', ''), frontend.sync()]);
}

/** Messages that run it. */
export function runFrames(query: BoundQuery, formats: readonly number[]): Uint8Array {
  return joined([bound(query, formats), frontend.execute(''), frontend.sync()]);
}

function bound({ text, parameters, statement }: BoundQuery, resultFormats: readonly number[]): Uint8Array {
  const parse = text === null ? NOTHING : frontend.parse('', text, parameters.types);
  const bind = frontend.bind({
    portal: '',
    statement: text === null ? (statement?.name ?? '') : '',
    parameterFormats: parameters.formats,
    parameters: parameters.values,
    resultFormats,
  });
  return joined([parse, bind]);
}

/** Bytes that keeping it takes. */
export function sizeOf({ text, parameters }: BoundQuery): number {
  const FOR_ITSELF = 256;
  return parameters.values.reduce((sum, value) => sum + (value?.length ?? 0), FOR_ITSELF + (text?.length ?? 0));
}
