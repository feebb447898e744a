import fs from 'node:fs';
import { type Outcome, value } from '../../model/outcome.ts';
import { type Refusal, refuse } from '../../model/refusal.ts';
import type { BpfCalls } from '../native/bpf-calls.ts';
import {
  type BpfLinkInfo,
  type BpfProgramInfo,
  ITERATOR_LINK,
  parseBpfLinkInfo,
  parseBpfProgramInfo,
} from '../parse/bpf-info.ts';
import type { IteratorLink, Libbpf, LibraryFailure } from './libbpf.ts';

/** An iterator in the kernel, as long as something keeps it: this process, or a pin. */
export interface LoadedIterator {
  readonly kind: 'loaded';
  readonly link: IteratorLink;
  /** Lets go of it. What was pinned stays. */
  close(): void;
}

/** Enough to see what the verifier minds, and which instruction it was. */
const LAST_LINES = 6;

/**
 * Brings one iterator into the kernel.
 *
 * Source: libbpf
 * Needs:  CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN
 * @returns it; `absent` where the object has none of this name; or why not, with the verifier's last lines
 */
export function loadIterator(
  library: Libbpf,
  file: string,
  name: string,
): LoadedIterator | { readonly kind: 'absent' } | Refusal {
  const object = library.openObject(file);
  if ('kind' in object) return explain(name, object, '');
  if (!object.programs.includes(name)) {
    object.close();
    return { kind: 'absent' };
  }
  const link = object.load(name);
  if (link.kind === 'failed') {
    const why = explain(name, link, object.verifierLog);
    object.close();
    return why;
  }
  const close = () => {
    link.close();
    object.close();
  };
  return { kind: 'loaded', link, close };
}

/**
 * The program that a link runs.
 *
 * Source: /proc/self/fdinfo/<fd>, line link_type; BPF_OBJ_GET_INFO_BY_FD of the link and of its program
 * Needs:  a descriptor of the link; CAP_SYS_ADMIN to come from it to the program
 * @returns `unsupported` (EMEDIUMTYPE) where it is no iterator
 */
export function programOf(calls: BpfCalls, linkFd: number): Outcome<BpfProgramInfo> {
  // What is pinned may be a map or a program as well, and says other things in the same place.
  if (!/^link_type:\titer$/m.test(fs.readFileSync(`/proc/self/fdinfo/${linkFd}`, 'latin1'))) return NO_ITERATOR;
  const info = calls.info(linkFd);
  if (info.kind !== 'value') return info;
  const link: BpfLinkInfo = parseBpfLinkInfo(info.value);
  if (link.type !== ITERATOR_LINK) return NO_ITERATOR;
  const opened = calls.programById(link.programId);
  if (opened.kind !== 'value') return opened;
  try {
    const program = calls.info(opened.value);
    return program.kind === 'value' ? value(parseBpfProgramInfo(program.value)) : program;
  } finally {
    fs.closeSync(opened.value);
  }
}

const NO_ITERATOR = { kind: 'unsupported', errno: 'EMEDIUMTYPE' } as const;

/** A verifier that has spoken has refused the program; else the call itself was refused. */
function explain(name: string, { step, errno }: LibraryFailure, log: string): Refusal {
  const said = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES);
  if (said.length > 0) {
    const message = `the kernel's verifier refuses ${name} (${errno}): ${said.join(' | ')}`;
    return refuse('unsupported', message, { hint: 'please report it with this text and the version of the kernel' });
  }
  const isDenied = errno === 'EPERM' || errno === 'EACCES';
  return refuse(isDenied ? 'denied' : 'unsupported', `${name} cannot be loaded: ${step}: ${errno}`, {
    hint: 'plumb bpf status says what is missing here',
  });
}
