import { framesOf, resultFields, rowValues } from '../protocol/answer.ts';
import { backend } from '../protocol/backend.ts';
import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import { readAnswer } from './engine-answer.ts';
import type { EngineRuns } from './engine-runs.ts';

/** All columns as text. */
export const TEXT: readonly number[] = [];

/** How many columns a RowDescription has. */
export function columnCount(description: Uint8Array): number {
  return new DataView(description.buffer, description.byteOffset).getUint16(5);
}

/**
 * One format a column, of what Bind says.
 * @throws {SqlError} `08P01` for another number of them
 */
export function formatsOf(formats: readonly number[], columns: number): readonly number[] {
  if (formats.length > 1 && formats.length !== columns) {
    throw new SqlError('08P01', `bind message has ${formats.length} result formats but query has ${columns} columns`);
  }
  return Array.from({ length: columns }, (_, index) => formats[formats.length === 1 ? 0 : index] ?? 0);
}

/** The same columns in other formats. */
export function described(description: Uint8Array, formats: readonly number[]): Uint8Array {
  if (formats.length === 0) return description;
  const fields = resultFields(description.subarray(5));
  const each = formatsOf(formats, fields.length);
  return backend.rowDescription(fields.map((field, index) => ({ ...field, format: each[index] ?? 0 })));
}

/** Whether both are the same for so many columns. */
function areSameFormats(one: readonly number[], other: readonly number[], columns: number): boolean {
  const each = formatsOf(other, columns);
  return formatsOf(one, columns).every((format, index) => format === each[index]);
}

/** Rows that are held, and what they are in and should be in. */
interface Conversion {
  readonly description: Uint8Array;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly rows: readonly Uint8Array[];
}

/**
 * Rows in other formats than they were held in: each is given to the engine, and asked back.
 * @throws {SqlError} of a type that cannot be read: one without a name has no way in
 */
export async function inFormats(runs: EngineRuns, conversion: Conversion): Promise<readonly Uint8Array[]> {
  const { description, from, to, rows } = conversion;
  if (rows.length === 0 || areSameFormats(from, to, columnCount(description))) return rows;
  const types = resultFields(description.subarray(5)).map(({ typeOid }) => typeOid);
  const list = types.map((_, index) => `$${index + 1}`).join(', ');
  const messages = [frontend.parse('', `select ${list}`, types)];
  for (const piece of rows) {
    for (const { body } of framesOf(piece)) {
      const parameters = rowValues(body);
      messages.push(
        frontend.bind({ portal: '', statement: '', parameterFormats: from, parameters, resultFormats: to }),
        frontend.execute(''),
      );
    }
  }
  messages.push(frontend.sync());
  const answer = readAnswer(await runs.run({ frames: joined(messages) }));
  if (answer.failure !== null) throw answer.failure;
  return [...framesOf(answer.bytes)].filter(({ type }) => type === 'D').map(({ bytes }) => bytes);
}
