import fs from 'node:fs';
import type { PinOwner, PinStatus } from '../../model/iterator.ts';
import { describeMissing, valueOrNull } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';
import { loadBpfCalls } from '../native/bpf-calls.ts';
import { type Groups, loadGroups } from '../native/group-ids.ts';
import { checkReading } from './check-reading.ts';
import { inspectPin } from './pinned-program.ts';
import { findPin, PIN_NAMES, type PinName } from './pins.ts';

/**
 * Looks at every pin, as whoever wants to read it does: each is read once.
 *
 * Source: the pins; BPF_OBJ_GET_INFO_BY_FD
 * Needs:  the pin's group to read it; for the program in it CAP_SYS_ADMIN
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function readPins(directory: string): Promise<PinStatus[]> {
  const [calls, groups] = [await loadBpfCalls(), await loadGroups()];
  return PIN_NAMES.map((name) => {
    const found = findPin(directory, name);
    const status = { name, path: found.path, owner: ownerOf(found.path, groups), program: null, reading: null };
    if (found.kind !== 'pin') return { ...status, state: found.kind, why: found.why };
    const pinned = inspectPin(calls, found.path, name);
    const program = pinned.kind === 'ours' ? pinned.program : null;
    if (pinned.kind === 'foreign') return { ...status, state: 'untrusted', why: pinned.why };
    return { ...status, program, ...read(found.path, name) };
  });
}

function read(path: string, name: PinName): Pick<PinStatus, 'state' | 'why' | 'reading'> {
  const reading = checkReading(path, name);
  if (reading.kind === 'value') return { state: 'usable', why: '', reading: reading.value };
  const state = reading.kind === 'denied' ? 'denied' : reading.kind === 'gone' ? 'absent' : 'damaged';
  return { state, why: describeMissing(reading), reading: null };
}

function ownerOf(path: string, groups: Groups): PinOwner | null {
  const stats = valueOrNull(attempt(() => fs.lstatSync(path)));
  if (stats === null) return null;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  return { uid: stats.uid, gid: stats.gid, group: groups.nameOf(stats.gid), mode };
}
