import type { PolicyRule } from '../../model/network-route.ts';
import { LITTLE_ENDIAN } from './netlink.ts';
import { Attributes, familyOf } from './rtnetlink-attributes.ts';
import { routeProtocol, ruleAction, ruleFlags } from './rtnetlink-words.ts';

const SOURCE = 'rtnetlink(7) RTM_NEWRULE';
const HEADER_BYTES = 12;
const FR_ACT_TO_TBL = 1;
const FIB_RULE_INVERT = 0x2;
const NO_SUPPRESSION = 0xffffffff;

const FRA = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  GOTO: 4,
  PRIORITY: 6,
  FWMARK: 10,
  FLOW: 11,
  TUN_ID: 12,
  SUPPRESS_IFGROUP: 13,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  OIFNAME: 17,
  PAD: 18,
  L3MDEV: 19,
  UID_RANGE: 20,
  PROTOCOL: 21,
  IP_PROTO: 22,
  SPORT_RANGE: 23,
  DPORT_RANGE: 24,
  DSCP: 25,
} as const;
const KNOWN: ReadonlySet<number> = new Set(Object.values(FRA));

/**
 * Reads one policy rule.
 *
 * Source: struct fib_rule_hdr and FRA_*, linux/fib_rules.h
 * Shape:  one rule a message; a condition that it does not have is null, but for its prefixes, which are `0.0.0.0/0`
 *         or `::/0`
 * Units:  none
 * @throws {ParseError} where the message is cut, or a prefix does not fit its family
 */
export function parseRuleMessage(payload: Uint8Array): PolicyRule {
  const family = familyOf(payload, HEADER_BYTES, SOURCE);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = new Attributes(payload, HEADER_BYTES, SOURCE);
  const flags = view.getUint32(8, LITTLE_ENDIAN);
  const isL3mdev = (attributes.u8(FRA.L3MDEV) ?? 0) !== 0;
  const action = view.getUint8(7);
  const suppressed = (type: number) => {
    const value = attributes.u32(type);
    return value === NO_SUPPRESSION ? null : value;
  };
  const protocol = attributes.u8(FRA.PROTOCOL);
  return {
    family,
    priority: attributes.u32(FRA.PRIORITY) ?? 0,
    action: ruleAction(action),
    table: action === FR_ACT_TO_TBL && !isL3mdev ? (attributes.u32(FRA.TABLE) ?? view.getUint8(4)) : null,
    source: attributes.prefix(FRA.SRC, view.getUint8(2), family),
    destination: attributes.prefix(FRA.DST, view.getUint8(1), family),
    inputInterface: attributes.text(FRA.IIFNAME),
    outputInterface: attributes.text(FRA.OIFNAME),
    mark: attributes.u32(FRA.FWMARK),
    markMask: attributes.u32(FRA.FWMASK),
    tos: view.getUint8(3),
    dscp: attributes.u8(FRA.DSCP),
    uidRange: attributes.range(FRA.UID_RANGE, 32),
    ipProtocol: attributes.u8(FRA.IP_PROTO),
    sourcePorts: attributes.range(FRA.SPORT_RANGE, 16),
    destinationPorts: attributes.range(FRA.DPORT_RANGE, 16),
    isInverted: (flags & FIB_RULE_INVERT) !== 0,
    goto: attributes.u32(FRA.GOTO),
    suppressPrefixLength: suppressed(FRA.SUPPRESS_PREFIXLEN),
    suppressInterfaceGroup: suppressed(FRA.SUPPRESS_IFGROUP),
    isL3mdev,
    tunnelId: attributes.beU64(FRA.TUN_ID),
    realms: attributes.u32(FRA.FLOW),
    protocol: protocol === null ? null : routeProtocol(protocol),
    flags: [
      ...ruleFlags(flags),
      ...[...attributes.types].filter((it) => !KNOWN.has(it)).map((it) => `condition_${it}`),
    ],
  };
}
