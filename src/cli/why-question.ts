import { isIPv4, isIPv6 } from 'node:net';
import path from 'node:path';
import { nearest } from '../config/nearest.ts';
import { PlumblineError } from '../model/errors.ts';
import { WHY_KINDS, type WhyKind } from '../model/why.ts';
import type { WhyQuestion } from '../why.ts';

/** The greatest pid that a kernel can give (PID_MAX_LIMIT). */
const MOST_PIDS = 4_194_304;
const MOST_PORTS = 65_535;

/**
 * What somebody has typed behind `plumb why`.
 * @throws {PlumblineError} `usage` for a kind that is none, and for what no such thing can be called
 */
export function whyQuestion(kind: string, word: string): WhyQuestion {
  switch (kindOf(kind)) {
    case 'pid':
      return { kind: 'pid', pid: pidOf(word) };
    case 'port':
      return { kind: 'port', asked: word, ...portOf(word) };
    case 'path':
      if (word === '' || word.includes('\0')) throw wrong('path', word, 'write plumb why path /srv/agents/ada');
      // As it stands: `..` behind a link is the kernel's to follow.
      return { kind: 'path', path: path.isAbsolute(word) ? word : `${globalThis.process.cwd()}/${word}` };
    case 'pane':
      if (word === '') throw wrong('pane', word, 'write plumb why pane %7, or plumb why pane work:1.0');
      return { kind: 'pane', pane: word };
  }
}

function kindOf(word: string): WhyKind {
  const kind = WHY_KINDS.find((it) => it === word);
  if (kind) return kind;
  const meant = nearest(word, [...WHY_KINDS]);
  const hint =
    meant === null ? `it can be ${WHY_KINDS.join(', ')}: plumb why pid 4711` : `did you mean plumb why ${meant}?`;
  throw new PlumblineError('usage', `plumb why knows no ${word}`, { hint });
}

function pidOf(word: string): number {
  const pid = /^\d{1,7}$/.test(word) ? Number(word) : 0;
  if (pid >= 1 && pid <= MOST_PIDS) return pid;
  throw wrong('pid', word, `it is a number from 1 to ${MOST_PIDS}; plumb pid NAME tells a session's`);
}

function portOf(word: string) {
  const [, end = '', protocol = null] = /^(.*?)(?:\/(tcp|udp))?$/s.exec(word) ?? [];
  const [, address = null, digits = ''] = /^(?:(.*):)?(\d{1,5})$/s.exec(end) ?? [];
  const port = digits === '' ? 0 : Number(digits);
  const hint = 'write 5432, 5432/udp, 127.0.0.1:5432 or [::1]:5432';
  if (port < 1 || port > MOST_PORTS) throw wrong('port', word, hint);
  // The expression lets nothing else through.
  return {
    port,
    address: address === null ? null : addressOf(address, word, hint),
    protocol: protocol as 'tcp' | 'udp' | null,
  };
}

function addressOf(address: string, word: string, hint: string): string {
  if (isIPv4(address)) return address;
  const inner = /^\[(.*)\]$/.exec(address)?.[1];
  if (inner === undefined || !isIPv6(inner) || inner.includes('%')) throw wrong('port', word, hint);
  if (inner.includes('.')) return inner.toLowerCase();
  // As the kernel's addresses are written: `::1`, not `0:0::0001`.
  return new URL(`http://[${inner}]`).hostname.slice(1, -1);
}

function wrong(kind: WhyKind, word: string, hint: string): PlumblineError {
  return new PlumblineError('usage', `${word === '' ? 'an empty word' : word} is no ${kind}`, { hint });
}
