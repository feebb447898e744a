import fs from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { ParseError } from '../../model/errors.ts';
import { describeMissing, type Missing, missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';
import { type NetlinkMessage, netlinkRequest, walkNetlink } from '../parse/netlink.ts';
import { loadNetlinkCalls, type NetlinkCalls } from './netlink-calls.ts';

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
   * Asks, and hands over each message of the answer, which is valid until `each` returns, or asks. A ParseError that `each`
   * throws makes the answer `malformed`; anything else that it throws is thrown on, and the socket can be asked again.
   * @returns `unsupported` with errno EINTR where what is listed has changed while it was told (NLM_F_DUMP_INTR), and
   *          ENOBUFS where some of it was lost: `dumpWhole()` asks again
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
const REQUEST = 0x1;
/** NLM_F_ROOT | NLM_F_MATCH */
const DUMP = 0x300;

/** The kernel fills as much as is offered, up to 32 KiB at once. */
const RECEIVE_BYTES = 64 * 1024;
/** How often a dump is asked for that was torn, and the way back to our own network namespace, which can lack memory. */
const TRIES = 5;
const RETURNS = 100;

/**
 * Loads what speaks netlink, in any network namespace that may be entered.
 * A socket stays in the namespace where it was made, so ours is left for one call only, and by this thread alone.
 *
 * Source: netlink(7), socket(2), setns(2)
 * Needs:  koffi; nothing for our own network namespace; CAP_SYS_ADMIN there and here for another one
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadNetlink(): Promise<Netlink> {
  return netlinkThrough(await loadNetlinkCalls());
}

/** The same through given system calls. */
export function netlinkThrough(calls: NetlinkCalls): Netlink {
  const buffer = Buffer.alloc(RECEIVE_BYTES);
  return {
    open: (protocol, namespaceFd) => {
      const opened = namespaceFd === null ? calls.socket(protocol) : openThere(calls, protocol, namespaceFd);
      return opened.kind === 'value' ? value(new LiveSocket(calls, opened.value, buffer)) : opened;
    },
  };
}

/**
 * Asks for a list until it did not change while it was told, a few times.
 * @param read adds what a message tells to the rows; each try begins anew
 * @returns `unsupported` with errno EINTR where it changed each time
 */
export function dumpWhole<T>(
  socket: NetlinkSocket,
  question: NetlinkQuestion,
  read: (message: NetlinkMessage, rows: T[]) => void,
): Outcome<T[]> {
  for (let tries = 1; ; tries++) {
    const rows: T[] = [];
    const answer = socket.ask({ ...question, flags: question.flags | DUMP }, (message) => read(message, rows));
    if (answer.kind === 'value') return value(rows);
    const mayBeWhole = answer.kind === 'unsupported' && (answer.errno === 'EINTR' || answer.errno === 'ENOBUFS');
    if (!mayBeWhole || tries === TRIES) return answer;
  }
}

class LiveSocket implements NetlinkSocket {
  readonly #calls: NetlinkCalls;
  readonly #fd: number;
  readonly #buffer: Buffer;
  #sequence = 0;
  /** An answer whose end is not known: what comes next would not be the answer to the next question. */
  #isSpent = false;

  constructor(calls: NetlinkCalls, fd: number, buffer: Buffer) {
    this.#calls = calls;
    this.#fd = fd;
    this.#buffer = buffer;
  }

  ask({ type, flags, payload }: NetlinkQuestion, each: (message: NetlinkMessage) => void): Outcome<null> {
    if (this.#isSpent) return { kind: 'unsupported', errno: 'EPIPE' };
    this.#sequence = (this.#sequence % 0xffffffff) + 1;
    const request = netlinkRequest({ type, flags: flags | REQUEST, sequence: this.#sequence }, payload);
    const sent = this.#calls.send(this.#fd, request);
    if (sent.kind !== 'value') return sent;
    this.#isSpent = true;
    return this.#hear((flags & DUMP) !== 0, each);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  /** To the end of the answer, also where the listener has thrown: only then can the next question be asked. */
  #hear(isDump: boolean, each: (message: NetlinkMessage) => void): Outcome<null> {
    let spoiled: Missing | null = null;
    let thrown: { readonly error: unknown } | null = null;
    for (let losses = 0; losses < TRIES; ) {
      const received = this.#calls.receive(this.#fd, this.#buffer);
      if (received.kind === 'unsupported' && received.errno === 'ENOBUFS') {
        spoiled = received;
        losses++;
        continue;
      }
      if (received.kind !== 'value') return received;
      const end = this.#take(received.value, isDump, (message) => {
        if (message.isTorn) spoiled ??= { kind: 'unsupported', errno: 'EINTR' };
        if (thrown !== null || message.isLast) return;
        try {
          each(message);
        } catch (error) {
          thrown = { error };
        }
      });
      if (end === null) continue;
      if (end.kind === 'malformed') return end;
      this.#isSpent = false;
      if (thrown !== null) return damageOrThrow(thrown);
      return end.kind === 'value' && spoiled !== null ? spoiled : end;
    }
    return { kind: 'unsupported', errno: 'ENOBUFS' };
  }

  /** One recv(2) of an answer; null where more is to come. */
  #take(bytes: Uint8Array, isDump: boolean, each: (message: NetlinkMessage) => void): Outcome<null> | null {
    const sequence = this.#sequence;
    let errno: number | null = null;
    try {
      const isOver = walkNetlink(bytes, (message) => {
        if (message.sequence !== sequence) return false;
        each(message);
        errno = message.errno;
        return message.isLast || !isDump;
      });
      if (errno !== null) return missingFromErrno(getSystemErrorName(-errno));
      return isOver ? value(null) : null;
    } catch (error) {
      return damageOrThrow({ error });
    }
  }
}

function damageOrThrow({ error }: { readonly error: unknown }): Outcome<never> {
  if (error instanceof ParseError) return { kind: 'malformed', error };
  throw error;
}

function openThere(calls: NetlinkCalls, protocol: number, namespaceFd: number): Outcome<number> {
  const home = attempt(() => fs.openSync('/proc/thread-self/ns/net', fs.constants.O_RDONLY));
  if (home.kind !== 'value') return home;
  try {
    const entered = calls.setns(namespaceFd);
    if (entered.kind !== 'value') return entered;
    const opened = calls.socket(protocol);
    comeBack(calls, home.value);
    return opened;
  } finally {
    fs.closeSync(home.value);
  }
}

/** It is ours to return to, and can only lack memory for a moment. */
function comeBack(calls: NetlinkCalls, home: number): void {
  for (let tries = 1; ; tries++) {
    const back = calls.setns(home);
    if (back.kind === 'value') return;
    // To go on would be to ask, and to act, in somebody else's network.
    if (tries === RETURNS) throw new Error(`cannot come back to our network namespace: ${describeMissing(back)}`);
  }
}
