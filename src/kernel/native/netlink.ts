import fs from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { type Missing, missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { type NetlinkMessage, netlinkMessages, netlinkRequest } from '../parse/netlink.ts';
import { loadKoffi } from './koffi.ts';

/** What is asked of the kernel by one message. */
export interface NetlinkQuestion {
  readonly type: number;
  /** NLM_F_DUMP for all there is; 0 for one. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** A socket to the kernel, in the network namespace that it was opened in. Close it. */
export interface NetlinkSocket {
  /**
   * Asks, and hands over each message of the answer; its bytes are valid until `each` returns.
   * `unsupported` with errno EINTR where what is listed kept changing (NLM_F_DUMP_INTR).
   */
  ask(question: NetlinkQuestion, each: (message: NetlinkMessage) => void): Outcome<null>;
  close(): void;
}

/** Opens sockets to the kernel. */
export interface Netlink {
  /**
   * @param protocol NETLINK_ROUTE (0), NETLINK_SOCK_DIAG (4)
   * @param namespaceFd an open /proc/<pid>/ns/net; null: our own network namespace
   */
  open(protocol: number, namespaceFd: number | null): Outcome<NetlinkSocket>;
}

/** NLM_F_REQUEST */
export const REQUEST = 0x1;
/** NLM_F_ROOT | NLM_F_MATCH */
export const DUMP = 0x300;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const CLONE_NEWNET = 0x40000000;
/** The kernel fills as much as is offered, up to 32 KiB at once. */
const RECEIVE_BYTES = 64 * 1024;
const PATIENCE_SECONDS = 5;

/**
 * Loads what speaks netlink, in any network namespace that may be entered.
 * A socket stays in the namespace where it was made, so ours is left for one call only, and by this thread alone.
 *
 * Source: netlink(7), socket(2), setns(2)
 * Needs:  koffi; nothing for our own network namespace; CAP_SYS_ADMIN there and here for another one
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadNetlink(): Promise<Netlink> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...given: number[]) => number;
  const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)') as (
    ...given: (number | Buffer)[]
  ) => number;
  const send = libc.func('long send(int fd, const void *data, size_t size, int flags)') as Transfer;
  const receive = libc.func('long recv(int fd, void *data, size_t size, int flags)') as Transfer;
  const setns = libc.func('int setns(int fd, int kind)') as (fd: number, kind: number) => number;
  const failure = (): Missing => missingFromErrno(getSystemErrorName(-koffi.errno()));
  const buffer = Buffer.alloc(RECEIVE_BYTES);
  const timeout = Buffer.from(new BigInt64Array([BigInt(PATIENCE_SECONDS), 0n]).buffer);
  let sequence = 0;

  const openHere = (protocol: number): Outcome<number> => {
    const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0) return failure();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length);
    return value(fd);
  };
  const openThere = (protocol: number, namespaceFd: number): Outcome<number> => {
    const home = fs.openSync('/proc/thread-self/ns/net', fs.constants.O_RDONLY);
    try {
      if (setns(namespaceFd, CLONE_NEWNET) !== 0) return failure();
      const opened = openHere(protocol);
      if (setns(home, CLONE_NEWNET) === 0) return opened;
      // To go on would be to ask, and to act, in somebody else's network.
      throw new Error(`this thread could not come back to its network namespace: errno ${koffi.errno()}`);
    } finally {
      fs.closeSync(home);
    }
  };

  return {
    open: (protocol, namespaceFd) => {
      const opened = namespaceFd === null ? openHere(protocol) : openThere(protocol, namespaceFd);
      if (opened.kind !== 'value') return opened;
      const fd = opened.value;
      return value({
        ask: ({ type, flags, payload }, each) => {
          sequence = (sequence % 0xffffffff) + 1;
          const request = netlinkRequest({ type, flags: flags | REQUEST, sequence }, payload);
          if (send(fd, request, request.length, 0) < 0) return failure();
          return takeAnswer(sequence, (flags & DUMP) !== 0, each);
        },
        close: () => fs.closeSync(fd),
      });

      function takeAnswer(asked: number, isDump: boolean, each: (message: NetlinkMessage) => void): Outcome<null> {
        let isTorn = false;
        for (;;) {
          const length = receive(fd, buffer, buffer.length, 0);
          if (length < 0) {
            const errno = getSystemErrorName(-koffi.errno());
            if (errno === 'EAGAIN') return { kind: 'timeout', afterMs: PATIENCE_SECONDS * 1000 };
            return missingFromErrno(errno);
          }
          for (const message of netlinkMessages(buffer.subarray(0, length))) {
            // What is left of an earlier question, which was not heard to its end.
            if (message.sequence !== asked) continue;
            isTorn ||= message.isTorn;
            if (message.errno !== null) return missingFromErrno(getSystemErrorName(-message.errno));
            if (message.isLast) return isTorn ? { kind: 'unsupported', errno: 'EINTR' } : value(null);
            each(message);
            if (!isDump) return value(null);
          }
        }
      }
    },
  };
}

type Transfer = (fd: number, data: Uint8Array, size: number, flags: number) => number;
