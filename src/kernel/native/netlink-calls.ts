import fs from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { type Missing, missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { LITTLE_ENDIAN } from '../parse/netlink.ts';
import { loadKoffi } from './koffi.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
/** To recv(2): return how long the message was, not how much of it had room. */
const MSG_TRUNC = 0x20;
const CLONE_NEWNET = 0x40000000;
const PATIENCE_SECONDS = 5;

/** struct sockaddr_nl of the kernel: connected to it, a socket takes no message from anybody else. */
const KERNEL = new Uint8Array(12);
new DataView(KERNEL.buffer).setUint16(0, AF_NETLINK, LITTLE_ENDIAN);

/** The system calls of netlink that Node lacks, with errno as an outcome. */
export interface NetlinkCalls {
  /** A socket to the kernel, in the network namespace that this thread is in. */
  socket(protocol: number): Outcome<number>;
  send(fd: number, data: Uint8Array): Outcome<null>;
  /** What one recv(2) has brought, in the buffer. */
  receive(fd: number, buffer: Buffer): Outcome<Uint8Array>;
  /** Enters a network namespace, with this thread alone. */
  setns(fd: number): Outcome<null>;
}

/**
 * Loads them.
 *
 * Source: socket(2), connect(2), send(2), recv(2), setns(2)
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadNetlinkCalls(): Promise<NetlinkCalls> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int domain, int type, int protocol)') as Call;
  const connect = libc.func('int connect(int fd, const void *address, uint32_t length)') as Call;
  const setsockopt = libc.func(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  ) as Call;
  const send = libc.func('long send(int fd, const void *data, size_t size, int flags)') as Call;
  const receive = libc.func('long recv(int fd, void *data, size_t size, int flags)') as Call;
  const setns = libc.func('int setns(int fd, int kind)') as Call;
  const patience = Buffer.from(new BigInt64Array([BigInt(PATIENCE_SECONDS), 0n]).buffer);
  const failure = (): Missing => missingFromErrno(getSystemErrorName(-koffi.errno()));
  const done = (result: number): Outcome<null> => (result < 0 ? failure() : value(null));
  /** A signal does not end a question. */
  const uninterrupted = (call: () => number): Outcome<number> => {
    for (;;) {
      const result = call();
      if (result >= 0) return value(result);
      const missing = failure();
      if (missing.kind !== 'unsupported' || missing.errno !== 'EINTR') return missing;
    }
  };
  return {
    socket: (protocol) => {
      const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
      if (fd < 0) return failure();
      const isReady = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience, patience.length) === 0;
      if (isReady && connect(fd, KERNEL, KERNEL.length) === 0) return value(fd);
      const missing = failure();
      fs.closeSync(fd);
      return missing;
    },
    send: (fd, data) => {
      const sent = uninterrupted(() => send(fd, data, data.length, 0));
      return sent.kind === 'value' ? value(null) : sent;
    },
    receive: (fd, buffer) => {
      const received = uninterrupted(() => receive(fd, buffer, buffer.length, MSG_TRUNC));
      if (received.kind === 'unsupported' && received.errno === 'EAGAIN') {
        return { kind: 'timeout', afterMs: PATIENCE_SECONDS * 1000 };
      }
      if (received.kind !== 'value') return received;
      if (received.value > buffer.length) return { kind: 'unsupported', errno: 'EMSGSIZE' };
      return value(buffer.subarray(0, received.value));
    },
    setns: (fd) => done(setns(fd, CLONE_NEWNET)),
  };
}

type Call = (...given: (number | Uint8Array)[]) => number;
