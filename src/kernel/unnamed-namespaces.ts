import type { Mount, MountNamespace } from '../model/mount.ts';
import { type Missing, value } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { parseMountinfo } from './parse/mountinfo.ts';

interface Growing {
  inode: bigint | null;
  mounts: readonly Mount[];
  readThrough: number;
  whole: boolean;
  readonly pids: number[];
}

/**
 * Tells by its table in which mount namespace a process lives that may not be asked for it.
 * A mount is in one namespace only, and its id is its own among all: one in common is enough.
 */
export class UnnamedNamespaces {
  readonly #namespaces: Growing[];
  readonly #byMount = new Map<number, Growing>();
  /** Most tables are the same byte by byte, and need not be read again. */
  readonly #byText = new Map<string, Growing>();

  constructor(named: readonly MountNamespace[]) {
    this.#namespaces = named.map((it) => ({ ...it, pids: [...it.pids] }));
    for (const it of this.#namespaces) this.#note(it, it.mounts);
  }

  /** @returns null for a table without a mount, which tells nothing */
  place(pid: number, table: Uint8Array): { readonly kind: 'value' } | Extract<Missing, { kind: 'malformed' }> | null {
    const text = Buffer.from(table.buffer, table.byteOffset, table.length).toString('latin1');
    const same = this.#byText.get(text);
    if (same) {
      same.pids.push(pid);
      return { kind: 'value' };
    }
    const mounts = parseOutcome(value(table), parseMountinfo);
    if (mounts.kind === 'malformed') return mounts;
    if (mounts.kind !== 'value' || mounts.value.length === 0) return null;
    const known = mounts.value.map(({ id }) => this.#byMount.get(id)).find((it) => it !== undefined);
    const home = known ?? this.#found(pid, mounts.value);
    home.pids.push(pid);
    // Of two views that may both be partial, the larger one.
    if (!home.whole && mounts.value.length > home.mounts.length) {
      home.mounts = mounts.value;
      home.readThrough = pid;
    }
    this.#note(home, mounts.value);
    this.#byText.set(text, home);
    return { kind: 'value' };
  }

  all(): readonly MountNamespace[] {
    return this.#namespaces.map((it) => ({ ...it, pids: it.pids.sort((a, b) => a - b) }));
  }

  #found(pid: number, mounts: readonly Mount[]): Growing {
    const found: Growing = { inode: null, mounts, readThrough: pid, whole: false, pids: [] };
    this.#namespaces.push(found);
    return found;
  }

  #note(namespace: Growing, mounts: readonly Mount[]): void {
    for (const { id } of mounts) this.#byMount.set(id, namespace);
  }
}
