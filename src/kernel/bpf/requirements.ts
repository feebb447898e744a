import fs from 'node:fs';
import type { Requirement, RequirementName } from '../../model/iterator.ts';
import { describeMissing, type Outcome, valueOrNull } from '../../model/outcome.ts';
import { type Refusal, refuse } from '../../model/refusal.ts';
import { attempt, parseOutcome } from '../attempt.ts';
import { INITIAL_PID_NAMESPACE } from '../census.ts';
import { loadBpfCalls } from '../native/bpf-calls.ts';
import { parseCapabilities } from '../parse/proc-status.ts';
import type { Procfs } from '../procfs.ts';
import { loadLibbpf } from './libbpf.ts';
import { objectFile } from './object-file.ts';

/** Where to look; elsewhere in tests. */
export interface RequirementPlaces {
  readonly procfs: Procfs;
  /** Where sysfs is mounted. */
  readonly sys: string;
}

const CAP_SYS_ADMIN = 1n << 21n;
const CAP_PERFMON = 1n << 38n;
const CAP_BPF = 1n << 39n;

/** The first version that lets an iterator keep something with the task that reads. Tried is from 6.1 on: docs/bpf-kernels.md. */
const SINCE = [5, 13] as const;
const SECURITY_FS_MAGIC = 0x73636673;
const INITIAL_USER_NAMESPACE = 4026531837;

/**
 * Looks at each thing that it takes to bring the iterators into this kernel.
 *
 * Source: /proc/sys/kernel/osrelease, /proc/self/status, /proc/self/ns/*, /proc/filesystems, /sys/kernel/btf/vmlinux,
 *         /sys/kernel/security/lockdown, bpf(2)
 * Needs:  nothing; what may not be seen is unknown
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function readRequirements({ procfs, sys }: RequirementPlaces): Promise<Requirement[]> {
  const capabilities = valueOrNull(parseOutcome(procfs.read('self/status'), parseCapabilities));
  return [
    kernel(procfs),
    btf(sys),
    await bpf(),
    lockdown(sys),
    rights(capabilities),
    mounting(capabilities),
    namespace(procfs),
    bpffs(procfs),
    await library(),
    await object(),
  ];
}

/** All that is missing, in one answer. */
export function refuseFor(lacking: readonly Requirement[]): Refusal {
  const isDenied = lacking.some(({ what }) => what === 'rights' || what === 'mounting' || what === 'namespace');
  const message = lacking.map(({ found }) => found).join('; ');
  const hint = lacking
    .map(({ mend }) => mend)
    .filter((it) => it !== '')
    .join('; ');
  return refuse(isDenied ? 'denied' : 'unsupported', message, { hint });
}

function yes(what: RequirementName, found: string): Requirement {
  return { what, answer: 'yes', found, mend: '' };
}

function no(what: RequirementName, found: string, mend = ''): Requirement {
  return { what, answer: 'no', found, mend };
}

function unknown(what: RequirementName, found: string): Requirement {
  return { what, answer: 'unknown', found, mend: '' };
}

function kernel(procfs: Procfs): Requirement {
  const release = textOf(procfs.read('sys/kernel/osrelease'));
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? [];
  if (release === null || major === undefined) return unknown('kernel', 'its version may not be read');
  const isNew = Number(major) > SINCE[0] || (Number(major) === SINCE[0] && Number(minor) >= SINCE[1]);
  if (isNew) return yes('kernel', `Linux ${release}`);
  return no('kernel', `Linux ${release} cannot have the iterator`, `Linux ${SINCE.join('.')} or later can`);
}

function btf(sys: string): Requirement {
  const place = `${sys}/kernel/btf/vmlinux`;
  const found = attempt(() => fs.statSync(place).size);
  if (found.kind === 'value') return yes('BTF', `${place}, ${found.value} bytes`);
  // Without sysfs nothing is known of it.
  if (found.kind !== 'gone' || !fs.existsSync(`${sys}/kernel`))
    return unknown('BTF', `${place}: ${describeMissing(found)}`);
  return no(
    'BTF',
    `there is no ${place}: this kernel does not describe itself`,
    'a kernel with CONFIG_DEBUG_INFO_BTF=y',
  );
}

async function bpf(): Promise<Requirement> {
  const asked = (await loadBpfCalls()).probe();
  if (asked.kind === 'value') return yes('bpf', 'bpf(2) may be called');
  if (asked.kind === 'denied')
    return unknown('bpf', `bpf(2) is not for everybody here, and we may not (${asked.errno})`);
  const found = `bpf(2) is not there, or a filter of system calls hides it (${describeMissing(asked)})`;
  return no('bpf', found, 'a kernel with CONFIG_BPF_SYSCALL=y; outside of a container, or with its filter changed');
}

function lockdown(sys: string): Requirement {
  const place = `${sys}/kernel/security/lockdown`;
  const read = attempt(() => fs.readFileSync(place, 'latin1').trim());
  if (read.kind === 'value') {
    const [, mode = ''] = /\[(\w+)\]/.exec(read.value) ?? [];
    if (mode !== 'confidentiality') return yes('lockdown', `${mode || read.value}: the kernel's memory may be read`);
    return no(
      'lockdown',
      'confidentiality: no program may read the memory of the kernel',
      'boot with lockdown=integrity',
    );
  }
  const mounted = attempt(() => fs.statfsSync(`${sys}/kernel/security`).type >>> 0);
  if (read.kind === 'gone' && mounted.kind === 'value' && mounted.value === SECURITY_FS_MAGIC) {
    return yes('lockdown', 'this kernel has none');
  }
  return unknown('lockdown', `${place}: ${describeMissing(read)}`);
}

function rights(capabilities: bigint | null): Requirement {
  if (capabilities === null) return unknown('rights', 'our capabilities may not be read');
  const held = (bit: bigint) => (capabilities & bit) !== 0n;
  if (held(CAP_SYS_ADMIN)) return yes('rights', 'CAP_SYS_ADMIN: programs may be loaded');
  const missing = [...(held(CAP_BPF) ? [] : ['CAP_BPF']), ...(held(CAP_PERFMON) ? [] : ['CAP_PERFMON'])];
  if (missing.length === 0) return yes('rights', 'CAP_BPF and CAP_PERFMON: programs may be loaded');
  return no('rights', `no ${missing.join(', no ')}`, 'run it as root, or with CAP_BPF and CAP_PERFMON');
}

function mounting(capabilities: bigint | null): Requirement {
  if (capabilities === null) return unknown('mounting', 'our capabilities may not be read');
  if ((capabilities & CAP_SYS_ADMIN) !== 0n) return yes('mounting', 'CAP_SYS_ADMIN: a BPF file system may be mounted');
  return no('mounting', 'no CAP_SYS_ADMIN', 'run it as root, outside of a container');
}

/** In a user namespace of its own root is not the machine's; in a pid namespace only its own processes are told. */
function namespace(procfs: Procfs): Requirement {
  const [user, pid] = [procfs.readlink('self/ns/user'), procfs.readlink('self/ns/pid')];
  if (user.kind !== 'value' || pid.kind !== 'value') return unknown('namespace', 'our namespaces may not be read');
  if (user.value !== `user:[${INITIAL_USER_NAMESPACE}]`) {
    return no('namespace', `a user namespace of its own (${user.value}): its root is not the machine's`, 'on the host');
  }
  if (pid.value === `pid:[${INITIAL_PID_NAMESPACE}]`) return yes('namespace', "the machine's own");
  return yes('namespace', `a pid namespace of its own (${pid.value}), as in a container: only its processes are told`);
}

function bpffs(procfs: Procfs): Requirement {
  const known = textOf(procfs.read('filesystems'));
  if (known === null) return unknown('bpffs', '/proc/filesystems may not be read');
  if (/\tbpf$/m.test(known)) return yes('bpffs', 'this kernel has the BPF file system');
  return no('bpffs', 'this kernel has no BPF file system to pin in', 'a kernel with CONFIG_BPF_SYSCALL=y');
}

async function library(): Promise<Requirement> {
  const library = await loadLibbpf();
  if (!('kind' in library)) return yes('libbpf', `libbpf ${library.version}`);
  const mend = 'install it (Debian and Ubuntu: libbpf1; Fedora and Alpine: libbpf), 0.7 or later';
  return no('libbpf', `libbpf does not load: ${library.why}`, mend);
}

async function object(): Promise<Requirement> {
  const file = await objectFile();
  if (fs.existsSync(file)) return yes('object', file);
  return no('object', `the iterators were not built: there is no ${file}`, 'npm run build:bpf (it needs clang)');
}

function textOf(read: Outcome<Uint8Array>): string | null {
  return read.kind === 'value' ? Buffer.from(read.value).toString('latin1').trim() : null;
}
