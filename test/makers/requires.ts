import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { beforeEach } from 'vitest';
import { memoryCgroups } from './memory-cgroup.ts';
import { postgresVersions } from './postgres-cluster.ts';
import { processTable } from './process-table.ts';

/** Says why a thing cannot be had here, or null. */
type Check = () => string | null;

const BPF_OBJECT = new URL('../../dist/bpf/sessions.bpf.o', import.meta.url).pathname;

const CHECKS = {
  cc: () => installed('cc', 'gcc'),
  tmux: () => installed('tmux', 'tmux'),
  screen: () => installed('screen', 'screen'),
  script: () => installed('script', 'bsdutils'),
  sudo: () => installed('sudo', 'sudo'),
  openssl: () => installed('openssl', 'openssl'),
  'systemd-analyze': () => installed('systemd-analyze', 'systemd'),
  'systemd-sysusers': () => installed('systemd-sysusers', 'systemd'),
  setpriv: () => installed('setpriv', 'util-linux'),
  npx: () => installed('npx', 'npm'),
  lslocks: () => installed('lslocks', 'util-linux-extra'),
  ip: () => installed('ip', 'iproute2'),
  fish: () => installed('fish', 'fish'),
  zsh: () => installed('zsh', 'zsh'),
  mandoc: () => installed('mandoc', 'mandoc'),
  lsof: () => installed('lsof', 'lsof'),
  psql: () => installed('psql', 'postgresql-client'),
  unshare: () => installed('unshare', 'util-linux'),
  bindfs: () => installed('bindfs', 'bindfs') ?? (fs.existsSync('/dev/fuse') ? null : 'there is no /dev/fuse'),
  postgres: () => (postgresVersions().length > 0 ? null : 'no Postgres is installed (Debian: postgresql)'),
  'the iterator': () =>
    globalThis.process.getuid?.() !== 0 || !fs.existsSync('/sys/kernel/btf/vmlinux')
      ? 'it needs root, and a kernel with BTF'
      : fs.existsSync('dist/bpf/sessions.bpf.o')
        ? null
        : 'the iterator has not been built (npm run build:bpf)',
  root: () => (globalThis.process.getuid?.() === 0 ? null : 'it needs root'),
  'the whole machine': () =>
    fs.readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]'
      ? null
      : 'it runs in a container, where absence cannot be proven',
  'a node for every user': () => {
    const probe = ['--reuid', '3001', '--regid', '3001', '--clear-groups', globalThis.process.execPath, '-e', '0'];
    return succeeds('setpriv', probe) ? null : `another user may not run ${globalThis.process.execPath}`;
  },
  'mount namespaces': () => (succeeds('unshare', ['-m', 'true']) ? null : 'no mount namespace can be made'),
  'pid namespaces': () =>
    succeeds('unshare', ['-pf', '--mount-proc', 'true']) ? null : 'no pid namespace can be made',
  kdevtmpfs: () =>
    processTable().some(({ comm }) => comm === 'kdevtmpfs') ? null : 'no devtmpfs is there, or it is hidden',
  'a memory cgroup': () => (memoryCgroups() === null ? 'no memory cgroup can be made' : null),
  'network namespaces': () =>
    succeeds('unshare', ['-n', 'ip', 'link', 'add', 'plumbline', 'type', 'bridge'])
      ? null
      : 'no network namespace with a bridge can be made',
  'pairs of interfaces': () =>
    succeeds('unshare', ['-n', 'ip', 'link', 'add', 'plumbline', 'type', 'veth', 'peer', 'name', 'other'])
      ? null
      : 'no network namespace with a veth pair can be made',
  'time namespaces': () =>
    succeeds('unshare', ['-T', '--boottime', '1000', '-f', 'true']) ? null : 'no time namespace can be made',
  'procfs options of each mount': () => kernelSince(5, 8),
  clang: () => installed('clang', 'clang'),
  iterators: () =>
    fs.existsSync('/sys/kernel/btf/vmlinux')
      ? fs.existsSync(BPF_OBJECT)
        ? installed('bpftool', 'bpftool')
        : 'the iterators are not built: npm run build:bpf'
      : 'this kernel does not describe itself (BTF)',
  'a freezer': () =>
    fs.existsSync('/sys/fs/cgroup/freezer/cgroup.procs') ? null : 'no freezer of version 1 is mounted',
} satisfies Record<string, Check>;

/** A thing that a live test needs. */
export type Need = keyof typeof CHECKS;

/**
 * Skips the tests of this file or block where a thing is missing, and says which. Where `CI` is set nothing may be
 * missing, and the tests fail instead: a test that nobody runs proves nothing.
 */
export function requires(...needs: readonly Need[]): void {
  let missing: string | undefined;
  beforeEach((context) => {
    missing ??= needs.map((need) => CHECKS[need]() ?? '').find((why) => why !== '') ?? '';
    if (missing === '') return;
    if (globalThis.process.env['CI']) throw new Error(`in CI nothing may be missing: ${missing}`);
    globalThis.process.stderr.write(`skipped: ${context.task.name}: ${missing}\n`);
    context.skip(missing);
  });
}

/** True where the running kernel is of this version or later. */
export function isKernelSince(major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = os.release().split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

function kernelSince(major: number, minor: number): string | null {
  return isKernelSince(major, minor) ? null : `it needs Linux ${major}.${minor}, and this is ${os.release()}`;
}

function installed(program: string, debianPackage: string): string | null {
  const directories = (globalThis.process.env['PATH'] ?? '').split(':');
  const found = directories.some((directory) => fs.existsSync(`${directory}/${program}`));
  return found ? null : `${program} is not installed (Debian: ${debianPackage})`;
}

function succeeds(program: string, argv: readonly string[]): boolean {
  try {
    execFileSync(program, argv, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
