import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** What a client shows to cancel what it runs. */
export interface CancelKey {
  readonly pid: number;
  readonly key: Uint8Array;
}

interface Entry {
  readonly key: Uint8Array;
  readonly cancel: () => void;
}

/** Who may be cancelled by which key. The pids are made up: they are numbers of connections, and no process has them. */
export class CancelKeys {
  readonly #entries = new Map<number, Entry>();

  /** @param keyBytes 4 for protocol 3.0, 32 since 3.2 */
  add(keyBytes: number, cancel: () => void): CancelKey {
    let pid = randomInt(1, 0x7fff_ffff);
    while (this.#entries.has(pid)) pid = randomInt(1, 0x7fff_ffff);
    const key = randomBytes(keyBytes);
    this.#entries.set(pid, { key, cancel });
    return { pid, key };
  }

  remove({ pid }: CancelKey): void {
    this.#entries.delete(pid);
  }

  /** Nothing happens where there is no such pid or it has another key, and nobody is told. */
  cancel({ pid, key }: CancelKey): void {
    const entry = this.#entries.get(pid);
    if (entry?.key.length === key.length && timingSafeEqual(entry.key, key)) entry.cancel();
  }
}
