import fs from 'node:fs';
import type { Refusal } from '../../model/refusal.ts';
import { refuse } from '../../model/refusal.ts';
import { loadBpfCalls } from '../native/bpf-calls.ts';
import { inspectPin } from './pinned-program.ts';
import { distrustDirectory, PIN_NAMES } from './pins.ts';
import { clearDirectory, unfinished } from './pins-mount.ts';
import { privileged } from './privileged.ts';

/** What was taken away. */
export interface Removal {
  readonly outcome: 'removed';
  readonly directory: string;
  /** Names of pins that are gone. */
  readonly removed: readonly string[];
  /** What was left, and why. */
  readonly left: readonly { readonly path: string; readonly why: string }[];
  readonly isUnmounted: boolean;
}

const PATIENCE_MS = 30_000;

/**
 * Unpins what `installIterators` has pinned: the kernel forgets a program when the last reader has let go. What somebody
 * else has pinned stays.
 *
 * Source: bpf(2), unlink(2), umount2(2)
 * Needs:  root, with CAP_SYS_ADMIN
 */
export function removeIterators(directory: string): Promise<Removal | Refusal> {
  return privileged('plumb bpf remove', PATIENCE_MS, async () => {
    const why = distrustDirectory(directory);
    if (why !== null) return refuse('foreign', `${directory} is no place of pins of plumb: ${why}`);
    if (!fs.existsSync(directory)) return { outcome: 'removed', directory, removed: [], left: [], isUnmounted: false };
    const calls = await loadBpfCalls();
    const removed: string[] = [];
    const left: { path: string; why: string }[] = [];
    for (const name of PIN_NAMES) {
      for (const entry of [name, unfinished(name)]) {
        const path = `${directory}/${entry}`;
        const pinned = inspectPin(calls, path, name);
        if (pinned.kind === 'ours') {
          fs.unlinkSync(path);
          removed.push(entry);
        } else if (pinned.kind !== 'absent') left.push({ path, why: pinned.why });
      }
    }
    const cleared = await clearDirectory(directory);
    if (!cleared.isRemoved) left.push({ path: directory, why: cleared.why });
    return { outcome: 'removed', directory, removed, left, isUnmounted: cleared.isUnmounted };
  });
}
