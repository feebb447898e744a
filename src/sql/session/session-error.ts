import { PlumblineError, type PlumblineErrorCode } from '../../model/errors.ts';
import { backend } from '../protocol/backend.ts';
import { frame, textWithEnd } from '../protocol/bytes.ts';
import { SqlError } from '../sql-error.ts';

/** What a failed look at the machine is called in SQL. */
const STATES: Readonly<Record<PlumblineErrorCode, string>> = {
  usage: '22023',
  config: 'F0000',
  unsupported_platform: '0A000',
  blind: '58030',
  scene: '58030',
  host_conflict: '55000',
  registry: '58000',
  schema: '55000',
};

/** An error that the engine has told, with all its fields: also those that a `SqlError` has no place for. */
export class EngineError extends SqlError {
  readonly fields: ReadonlyMap<string, string>;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('C') ?? 'XX000', fields.get('M') ?? '', {
      detail: fields.get('D') ?? '',
      hint: fields.get('H') ?? '',
      ...(fields.has('P') && { position: Number(fields.get('P')) }),
    });
    this.fields = fields;
  }
}

/**
 * Whatever has gone wrong, as a client of Postgres is told it.
 * @throws what is no error of a statement or of a look, but of this program
 */
export function sqlErrorFrom(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  if (!(error instanceof PlumblineError)) throw error;
  return new SqlError(error.sqlState ?? STATES[error.code], error.message, { hint: error.hint });
}

/** The same error in a text that begins with other characters. */
export function shifted(error: SqlError, characters: number): SqlError {
  if (error.position === null || characters === 0) return error;
  const position = error.position + characters;
  if (error instanceof EngineError) return new EngineError(new Map(error.fields).set('P', String(position)));
  const { detail, hint, isFatal } = error;
  return new SqlError(error.sqlState, error.message, { detail, hint, position, isFatal });
}

/** As a message. What the engine itself has ended with, ends no connection. */
export function errorResponse(error: SqlError): Uint8Array {
  if (!(error instanceof EngineError)) return backend.errorResponse(error);
  const fields = new Map(error.fields).set('S', 'ERROR').set('V', 'ERROR');
  return frame('E', ...[...fields].map(([letter, text]) => textWithEnd(letter + text)), Uint8Array.of(0));
}
