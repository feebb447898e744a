import net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress, ipAddressBytes } from './address-bytes.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe('ipAddress()', () => {
  it.each([
    ['0a000001', '10.0.0.1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fd000001000000000000000000000002', 'fd00:1::2'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000100000001000100010001', '2001:db8:1:0:1:1:1:1'],
    ['00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
    ['0000000000000000000000000a000001', '::10.0.0.1'],
    ['00000000000000000000000000010000', '::0.1.0.0'],
    ['00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
    ['00000000000000010000000000000000', '0:0:0:1::'],
  ])('%s is %s', (hex, text) => {
    expect(ipAddress(bytes(hex))).toBe(text);
  });

  it('is null for what has another length', () => {
    expect(ipAddress(bytes('0a0000'))).toBeNull();
  });

  it('writes what is read back as the same, and what Node takes for an address', () => {
    const made = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((all) => all.map((it) => (it < 160 ? 0 : it)));
    fc.assert(
      fc.property(fc.oneof(made, fc.uint8Array({ minLength: 4, maxLength: 4 })), (address) => {
        const text = ipAddress(address) ?? '';
        expect(net.isIP(text)).toBe(address.length === 4 ? 4 : 6);
        const isMapped = text.startsWith('::ffff:') && text.includes('.');
        expect([...(ipAddressBytes(text) ?? [])]).toEqual([...(isMapped ? address.subarray(12) : address)]);
      }),
    );
  });
});

describe('ipAddressBytes()', () => {
  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'fd00::g',
    'localhost',
    '10.0.0.1/8',
    '1:2:3:4:5:6:7::8',
    '::1.2.3',
    ':1::2',
    '1::2:',
  ])('%s is none', (text) => {
    expect(ipAddressBytes(text)).toBeNull();
    if (text !== '1:2:3:4:5:6:7::8') expect(net.isIP(text)).toBe(0);
  });

  it('reads whatever Node takes for an address, and nothing else', () => {
    const words = fc.array(fc.constantFrom('1', 'ff', '0', ':', '::', '.', '10', 'fd00', '256', '%'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(words, (all) => {
        const text = all.join('');
        expect(ipAddressBytes(text) !== null).toBe(net.isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 3000 },
    );
  });
});
