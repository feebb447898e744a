import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SqlError } from '../sql-error.ts';
import {
  commandTag,
  errorFields,
  framesOf,
  parameterStatus,
  parameterTypes,
  resultFields,
  rowValues,
  sqlErrorOf,
} from './answer.ts';
import { backend, type ResultField } from './backend.ts';

const text = fc.string({ unit: 'grapheme' }).map((it) => it.replaceAll('\0', ''));
const field: fc.Arbitrary<ResultField> = fc.record({
  name: text,
  tableOid: fc.nat(0xffffffff),
  column: fc.integer({ min: -8, max: 1600 }),
  typeOid: fc.nat(0xffffffff),
  typeSize: fc.integer({ min: -2, max: 0x7fff }),
  typeModifier: fc.integer({ min: -1, max: 0x7fffffff }),
  format: fc.constantFrom(0, 1),
});

/** The body of the only message. */
function only(bytes: Uint8Array, type: string): Uint8Array {
  const [found, ...others] = [...framesOf(bytes)];
  expect(others).toEqual([]);
  expect(found?.type).toBe(type);
  expect(found?.bytes).toEqual(bytes);
  return found?.body ?? new Uint8Array();
}

describe('framesOf()', () => {
  const answer = Buffer.concat([
    backend.rowDescription([]),
    backend.dataRow([null, Buffer.from('ab'), new Uint8Array()]),
    backend.commandComplete('SELECT 1'),
    backend.readyForQuery('T'),
  ]);

  it('tells each message where it stands, without a copy', () => {
    const found = [...framesOf(answer)];
    expect(found.map(({ type }) => type).join('')).toBe('TDCZ');
    expect(found.map(({ start }) => start)).toEqual([0, ...found.slice(0, -1).map(({ end }) => end)]);
    expect(found[3]?.body.buffer).toBe(answer.buffer);
    expect(Buffer.from(found[3]?.body ?? []).toString()).toBe('T');
  });

  it('refuses an answer that is cut anywhere inside of a message', () => {
    const whole = new Set([0, ...[...framesOf(answer)].map(({ end }) => end)]);
    for (let cut = 0; cut <= answer.length; cut++) {
      const read = () => [...framesOf(answer.subarray(0, cut))];
      if (whole.has(cut)) expect(read).not.toThrow();
      else expect(read).toThrow('no message at byte');
    }
  });

  it('takes any bytes for messages or for damage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          for (const { type, body } of framesOf(bytes)) {
            if (type === 'T') resultFields(body);
            else if (type === 'D') rowValues(body);
            else errorFields(body);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SqlError);
        }
      }),
    );
  });
});

describe('backend', () => {
  it('tells an error whole', () => {
    const details = fc.record({
      detail: text,
      hint: text,
      position: fc.integer({ min: 1, max: 1e6 }),
      isFatal: fc.boolean(),
    });
    fc.assert(
      fc.property(text, details, (message, given) => {
        const found = sqlErrorOf(only(backend.errorResponse(new SqlError('42P01', message, given)), 'E'));
        expect({ ...found, message: found.message }).toMatchObject({ sqlState: '42P01', message, ...given });
      }),
    );
  });

  it('tells an error and a notice whatever they hold, and leaves out what they do not say', () => {
    const error = only(backend.errorResponse(new SqlError('XX000', 'a\0b')), 'E');
    expect([...errorFields(error)]).toEqual([
      ['S', 'ERROR'],
      ['V', 'ERROR'],
      ['C', 'XX000'],
      ['M', 'a\ufffdb'],
    ]);
    const notice = backend.noticeResponse({ severity: 'WARNING', sqlState: '25001', message: '', hint: 'h' });
    expect([...errorFields(only(notice, 'N')).keys()].join('')).toBe('SVCMH');
  });

  it('tells columns and rows', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 5 }), (fields) => {
        expect(resultFields(only(backend.rowDescription(fields), 'T'))).toEqual(fields);
      }),
    );
    const value = fc.option(fc.uint8Array({ maxLength: 30 }).map((it) => Buffer.from(it)));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const found = rowValues(only(backend.dataRow(values), 'D')).map((it) => it && Buffer.from(it));
        expect(found).toEqual(values);
      }),
    );
    expect(() => backend.dataRow(new Array(0x10000).fill(null))).toThrow('more than a message');
  });

  it('tells the rest', () => {
    expect(commandTag(only(backend.commandComplete('SELECT 1'), 'C'))).toBe('SELECT 1');
    expect(parameterStatus(only(backend.parameterStatus('TimeZone', 'Etc/UTC'), 'S'))).toEqual(['TimeZone', 'Etc/UTC']);
    expect(parameterTypes(only(backend.parameterDescription([25, 0xffffffff]), 't'))).toEqual([25, 0xffffffff]);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    expect(hex(backend.authenticationOk())).toBe('520000000800000000');
    expect(hex(backend.authenticationSasl(['A', 'B']))).toBe('520000000d0000000a4100420000');
    expect(hex(backend.authenticationSaslContinue(Buffer.from('x')))).toBe('52000000090000000b78');
    expect(hex(backend.authenticationSaslFinal(Buffer.from('x')))).toBe('52000000090000000c78');
    expect(hex(backend.negotiateProtocolVersion(0x30002, ['_pq_.a']))).toBe(
      '76000000130003000200000001' + '5f70715f2e6100',
    );
    expect(hex(backend.backendKeyData(-1, Uint8Array.of(1, 2)))).toBe('4b0000000affffffff0102');
    const bare = {
      emptyQuery: 'I',
      noData: 'n',
      portalSuspended: 's',
      parseComplete: '1',
      bindComplete: '2',
      closeComplete: '3',
    };
    for (const [name, type] of Object.entries(bare)) {
      expect(only(backend[name as 'noData'](), type)).toHaveLength(0);
    }
  });
});
