import fs from 'node:fs';
import { describeMissing } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';
import type { BpfCalls } from '../native/bpf-calls.ts';
import type { BpfProgramInfo } from '../parse/bpf-info.ts';
import { programOf } from './load-iterator.ts';
import { isBpfFs, type PinName } from './pins.ts';

/** What stands where a pin of ours belongs. */
export type Pinned =
  | { readonly kind: 'absent' }
  /** An iterator that root has pinned and loaded, and whose program has our name; of this version or another. */
  | { readonly kind: 'ours'; readonly program: BpfProgramInfo; readonly gid: number; readonly mode: number }
  /** Anything else. It is never read, replaced or removed. */
  | { readonly kind: 'foreign'; readonly why: string }
  /** It may not be looked into. */
  | { readonly kind: 'unseen'; readonly why: string };

/**
 * Looks whose a pin is, by what the kernel says of the program in it.
 *
 * Source: lstat(2), statfs(2); BPF_OBJ_GET and BPF_OBJ_GET_INFO_BY_FD
 * Needs:  to see into it root's rights
 * @param place where it is, by whatever name
 * @param name what its program has to be called
 */
export function inspectPin(calls: BpfCalls, place: string, name: PinName): Pinned {
  const looked = attempt(() => fs.lstatSync(place));
  if (looked.kind === 'gone') return { kind: 'absent' };
  if (looked.kind !== 'value') return { kind: 'unseen', why: describeMissing(looked) };
  const { uid, gid, mode } = looked.value;
  if (!looked.value.isFile() || !isBpfFs(place)) return { kind: 'foreign', why: 'it is no pin' };
  if (uid !== 0) return { kind: 'foreign', why: `it belongs to user ${uid}` };
  const opened = calls.open(place);
  if (opened.kind === 'denied') return { kind: 'unseen', why: opened.errno };
  if (opened.kind !== 'value') return { kind: 'foreign', why: describeMissing(opened) };
  try {
    const program = programOf(calls, opened.value);
    if (program.kind === 'denied') return { kind: 'unseen', why: program.errno };
    if (program.kind !== 'value') return { kind: 'foreign', why: 'it holds no iterator' };
    const why = whyNotOurs(program.value, name);
    return why === null ? { kind: 'ours', program: program.value, gid, mode: mode & 0o7777 } : { kind: 'foreign', why };
  } finally {
    fs.closeSync(opened.value);
  }
}

function whyNotOurs({ name, createdBy }: BpfProgramInfo, expected: PinName): string | null {
  if (name !== expected) return `its program is called ${name === '' ? 'nothing' : name}, not ${expected}`;
  return createdBy === 0 ? null : `user ${createdBy} has loaded its program`;
}
