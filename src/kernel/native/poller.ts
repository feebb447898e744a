import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';
import { loadKoffi } from './koffi.ts';

/** What is waited for: `POLLIN`, or 0 for what is always told (`POLLHUP`, `POLLERR`). */
export const POLLIN = 0x1;

/** One descriptor that is waited for. */
interface Polled {
  /** What has happened to it, as the bits of poll(2); null where nobody waits any more. */
  readonly happened: Promise<number | null>;
  /** Stops waiting: from then on the descriptor may be closed. */
  cancel(): void;
}

/** Waits for descriptors. */
export interface Poller {
  /** @param events the bits of poll(2) that are asked for */
  watch(fd: number, events: number): Polled;
}

const POLLFD_BYTES = 8;
const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
/** A poll(2) that fails without waiting would else be asked for ever. EINTR comes now and then. */
const MOST_FAILURES = 100;

interface Entry {
  readonly fd: number;
  readonly events: number;
  readonly tell: (happened: number | null) => void;
  readonly fail: (error: unknown) => void;
}

let shared: Promise<Poller> | null = null;

/**
 * Loads what waits for descriptors that Node cannot wait for. All that this program waits for is waited for by one
 * thread: libuv has four, and a wait that held one each would stop its files and names.
 *
 * Source: poll(2), eventfd(2)
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export function loadPoller(): Promise<Poller> {
  shared ??= makePoller().catch((error: unknown) => {
    shared = null;
    throw error;
  });
  return shared;
}

async function makePoller(): Promise<Poller> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const poll = libc.func('int poll(void *fds, unsigned long count, int timeout)');
  const eventfd = libc.func('int eventfd(unsigned int initial, int flags)') as (...given: number[]) => number;
  return new SharedPoller(
    (fds, count) => {
      return new Promise((resolve, reject) => {
        poll.async(fds, count, -1, (error: unknown, result: number) => (error ? reject(error) : resolve(result)));
      });
    },
    () => {
      const fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      if (fd >= 0) return fd;
      throw new PlumblineError('blind', `no eventfd can be made: errno ${koffi.errno()}`, {
        hint: 'raise the limit of open files: ulimit -n 4096',
      });
    },
  );
}

class SharedPoller implements Poller {
  readonly #poll: (fds: Buffer, count: number) => Promise<number>;
  readonly #makeBell: () => number;
  readonly #entries = new Set<Entry>();
  /** Rung to make the thread look at the entries again; null while there is no thread. */
  #bell: number | null = null;

  constructor(poll: (fds: Buffer, count: number) => Promise<number>, makeBell: () => number) {
    this.#poll = poll;
    this.#makeBell = makeBell;
  }

  watch(fd: number, events: number): Polled {
    const { promise, entry } = makeEntry(fd, events);
    const bell = this.#bell ?? this.#makeBell();
    this.#entries.add(entry);
    if (this.#bell === null) {
      this.#bell = bell;
      void this.#run(bell);
    } else {
      this.#ring();
    }
    const cancel = () => {
      if (!this.#entries.delete(entry)) return;
      entry.tell(null);
      this.#ring();
    };
    return { happened: promise, cancel };
  }

  #ring(): void {
    // The counter only has to be above 0, and it never comes near its end.
    if (this.#bell !== null) fs.writeSync(this.#bell, ONE);
  }

  /** Polls for as long as somebody waits. */
  async #run(bell: number): Promise<void> {
    // At its end Node joins its threads: one that sleeps would keep a program that exits for ever.
    const wake = () => this.#ring();
    globalThis.process.once('exit', wake);
    try {
      for (let failures = 0; this.#entries.size > 0; ) {
        const entries = [...this.#entries];
        const fds = encode([{ fd: bell, events: POLLIN }, ...entries]);
        failures = (await this.#poll(fds, entries.length + 1)) < 0 ? failures + 1 : 0;
        if (failures === 0) this.#tell(entries, fds, bell);
        else if (failures >= MOST_FAILURES) throw new PlumblineError('blind', 'poll(2) fails on this machine');
      }
    } catch (error) {
      for (const entry of this.#entries) entry.fail(error);
      this.#entries.clear();
    } finally {
      globalThis.process.off('exit', wake);
      this.#bell = null;
      fs.closeSync(bell);
    }
  }

  #tell(entries: readonly Entry[], fds: Buffer, bell: number): void {
    if (happenedAt(fds, 0) !== 0) fs.readSync(bell, Buffer.alloc(ONE.length));
    for (const [index, entry] of entries.entries()) {
      const happened = happenedAt(fds, index + 1);
      // Who cancelled meanwhile has been told so.
      if (happened !== 0 && this.#entries.delete(entry)) entry.tell(happened);
    }
  }
}

/** 1 as the eventfd takes it, in the byte order of this machine. */
const ONE = Buffer.from(new BigUint64Array([1n]).buffer);

function makeEntry(fd: number, events: number): { promise: Promise<number | null>; entry: Entry } {
  let tell: Entry['tell'] = () => {};
  let fail: Entry['fail'] = () => {};
  const promise = new Promise<number | null>((resolve, reject) => {
    [tell, fail] = [resolve, reject];
  });
  return { promise, entry: { fd, events, tell, fail } };
}

/** struct pollfd: int fd, short events, short revents. */
function encode(watched: readonly Pick<Entry, 'fd' | 'events'>[]): Buffer {
  const bytes = Buffer.alloc(watched.length * POLLFD_BYTES);
  const [ints, shorts] = [
    new Int32Array(bytes.buffer, bytes.byteOffset),
    new Int16Array(bytes.buffer, bytes.byteOffset),
  ];
  for (const [index, { fd, events }] of watched.entries()) {
    ints[index * 2] = fd;
    shorts[index * 4 + 2] = events;
  }
  return bytes;
}

function happenedAt(fds: Buffer, index: number): number {
  return new Int16Array(fds.buffer, fds.byteOffset + index * POLLFD_BYTES + 6, 1)[0] ?? 0;
}
