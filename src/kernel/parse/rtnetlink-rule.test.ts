import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseRuleMessage } from './rtnetlink-rule.ts';

/** Messages as Linux 6.18 has sent them, without their headers. */
const rule = (hex: string) => parseRuleMessage(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const RANGED =
  '021000000000000800000000 08000f0000000000 08000e00ffffffff 0500150000000000 0800060066000000 0c001400e8030000cf070000 080001000a140000';

describe('parseRuleMessage()', () => {
  const PLAIN_RULE = {
    family: 'ipv4',
    action: 'lookup',
    source: '0.0.0.0/0',
    destination: '0.0.0.0/0',
    inputInterface: null,
    outputInterface: null,
    mark: null,
    markMask: null,
    tos: 0,
    dscp: null,
    uidRange: null,
    ipProtocol: null,
    sourcePorts: null,
    destinationPorts: null,
    isInverted: false,
    goto: null,
    suppressPrefixLength: null,
    suppressInterfaceGroup: null,
    isL3mdev: false,
    tunnelId: null,
    realms: null,
    protocol: 'unspec',
    flags: [],
  };

  it('reads sources, marks and users', () => {
    const source =
      '020020007b00000100000000 08000f007b000000 08000e00ffffffff 0500150000000000 0800060064000000 080002000a010002';
    expect(rule(source)).toEqual({ ...PLAIN_RULE, priority: 100, table: 123, source: '10.1.0.2/32' });
    const mark =
      '02000000c800000100000000 08000f00c8000000 08000e00ffffffff 0500150000000000 0800060065000000 08000a0001000000 08001000ff000000';
    expect(rule(mark)).toEqual({ ...PLAIN_RULE, priority: 101, table: 200, mark: 1, markMask: 255 });
    expect(rule(RANGED)).toEqual({
      ...PLAIN_RULE,
      priority: 102,
      action: 'prohibit',
      table: null,
      destination: '10.20.0.0/16',
      uidRange: { first: 1000, last: 1999 },
    });
  });

  it('reads jumps, ports, interfaces and inversions', () => {
    const jump =
      '020000000000000204000000 08000f0000000000 08000e00ffffffff 0500150000000000 0700030064300000 0800060067000000 ' +
      '08000400007d0000 0800180050005a00 0500160006000000';
    expect(rule(jump)).toEqual({
      ...PLAIN_RULE,
      priority: 103,
      action: 'goto',
      table: null,
      inputInterface: 'd0',
      goto: 32_000,
      destinationPorts: { first: 80, last: 90 },
      ipProtocol: 6,
      flags: ['unresolved'],
    });
    const inverted =
      '02100000fe00000102000000 08000f00fe000000 08000e0000000000 0500150000000000 0800060068000000 080001000a050000';
    expect(rule(inverted)).toEqual({
      ...PLAIN_RULE,
      priority: 104,
      table: 254,
      destination: '10.5.0.0/16',
      isInverted: true,
      suppressPrefixLength: 0,
    });
    const out =
      '02000010fc00000100000000 08000f0070110100 08000e00ffffffff 0500150000000000 0700110064310000 0800060069000000';
    expect(rule(out)).toEqual({ ...PLAIN_RULE, priority: 105, table: 70_000, tos: 0x10, outputInterface: 'd1' });
  });

  it('reads rules of a VRF and of a tunnel', () => {
    const vrf =
      '020000000000000100000000 08000f0000000000 08000e00ffffffff 0500150000000000 080006006c000000 0500130001000000';
    expect(rule(vrf)).toEqual({ ...PLAIN_RULE, priority: 108, table: null, isL3mdev: true });
    const tunnel =
      '0a000000fe00000100000000 08000f00fe000000 08000e00ffffffff 0500150000000000 08000600c8000000 0c000c000000000000000007';
    expect(rule(tunnel)).toMatchObject({ family: 'ipv6', priority: 200, tunnelId: 7n, source: '::/0' });
  });

  it('does not let a rule seem to be for more than it is', () => {
    expect(rule(`${RANGED} 0800630001000000`).flags).toEqual(['condition_99']);
  });

  it.each([
    ['a cut header', '0200'],
    ['a range that is cut', '020000000000000100000000 08001400e8030000'],
    ['a prefix without its address', '020020000000000100000000'],
  ])('refuses %s', (_, hex) => {
    expect(() => rule(hex)).toThrow(ParseError);
  });
});
