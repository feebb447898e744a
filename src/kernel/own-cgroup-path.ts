import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { isUnified } from './cgroups.ts';
import { type CgroupPlace, parseProcCgroup } from './parse/proc-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

/**
 * The control group that tells a process from others, among those of all hierarchies.
 *
 * Source: /proc/<pid>/cgroup
 * Needs:  nothing
 * @returns its path, of version 2, of systemd's hierarchy, or of the first one where it is anywhere; null at the root
 */
export function ownCgroupPath(held: HeldProcess): Outcome<ByteString | null> {
  const places = parseOutcome(held.read('cgroup'), parseProcCgroup);
  return places.kind === 'value' ? value(tellingPath(places.value)) : places;
}

/** The same of what was read already. */
export function tellingPath(places: readonly CgroupPlace[]): ByteString | null {
  const below = places.filter(({ path }) => path !== '/');
  const found = below.find(isUnified) ?? below.find((it) => it.controllers.includes('name=systemd')) ?? below[0];
  return found?.path ?? null;
}
