import type { SqlError } from '../sql-error.ts';
import { countOf, frame, int16, int32, sized, textWithEnd } from './bytes.ts';

/** What a notice says. */
export interface Notice {
  readonly severity: 'WARNING' | 'NOTICE' | 'INFO';
  readonly sqlState: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** A column of a result, as RowDescription tells it. */
export interface ResultField {
  readonly name: string;
  /** 0 where it is no column of a table; so for `column`. */
  readonly tableOid: number;
  readonly column: number;
  readonly typeOid: number;
  /** Bytes; below 0 for types of any length. */
  readonly typeSize: number;
  readonly typeModifier: number;
  /** 0 text, 1 binary. */
  readonly format: number;
}

/** The messages that a server sends, as bytes. */
export const backend = {
  authenticationOk: () => frame('R', int32(0)),
  authenticationSasl: (mechanisms: readonly string[]) =>
    frame('R', int32(10), ...mechanisms.map(textWithEnd), Uint8Array.of(0)),
  authenticationSaslContinue: (data: Uint8Array) => frame('R', int32(11), data),
  authenticationSaslFinal: (data: Uint8Array) => frame('R', int32(12), data),

  /** @param version what is spoken from here on: `0x30002` for 3.2 */
  negotiateProtocolVersion: (version: number, unknownOptions: readonly string[]) =>
    frame('v', int32(version), int32(unknownOptions.length), ...unknownOptions.map(textWithEnd)),

  parameterStatus: (name: string, value: string) => frame('S', textWithEnd(name), textWithEnd(value)),
  /** @param key four bytes; up to 256 since protocol 3.2 */
  backendKeyData: (pid: number, key: Uint8Array) => frame('K', int32(pid), key),
  readyForQuery: (status: 'I' | 'T' | 'E') => frame('Z', Buffer.from(status)),

  errorResponse: (error: SqlError) => {
    const severity = error.isFatal ? 'FATAL' : 'ERROR';
    const position = error.position === null ? '' : String(error.position);
    return frame(
      'E',
      ...fields({
        S: severity,
        V: severity,
        C: error.sqlState,
        M: error.message,
        D: error.detail,
        H: error.hint,
        P: position,
      }),
    );
  },
  noticeResponse: ({ severity, sqlState, message, detail = '', hint = '' }: Notice) =>
    frame('N', ...fields({ S: severity, V: severity, C: sqlState, M: message, D: detail, H: hint })),

  rowDescription: (columns: readonly ResultField[]) => frame('T', countOf(columns), ...columns.flatMap(fieldOf)),
  dataRow: (values: readonly (Uint8Array | null)[]) => frame('D', countOf(values), ...values.flatMap(sized)),
  parameterDescription: (types: readonly number[]) => frame('t', countOf(types), ...types.map(int32)),
  commandComplete: (tag: string) => frame('C', textWithEnd(tag)),

  emptyQuery: () => frame('I'),
  noData: () => frame('n'),
  portalSuspended: () => frame('s'),
  parseComplete: () => frame('1'),
  bindComplete: () => frame('2'),
  closeComplete: () => frame('3'),
} as const;

/** Those that say something. An error tells of anything, so that a zero in it does not make another error of it. */
function fields(given: Readonly<Record<string, string>>): readonly Uint8Array[] {
  const told = Object.entries(given).filter(([letter, text]) => letter === 'M' || text !== '');
  const texts = told.map(([letter, text]) => textWithEnd(letter + text.replaceAll('\0', '\ufffd')));
  return [...texts, Uint8Array.of(0)];
}

function fieldOf(it: ResultField): readonly Uint8Array[] {
  return [
    textWithEnd(it.name),
    int32(it.tableOid),
    int16(it.column),
    int32(it.typeOid),
    int16(it.typeSize),
    int32(it.typeModifier),
    int16(it.format),
  ];
}
