/** What is told where an iterator cannot be had: each thing that it takes, taken away. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { objectFile } from '../../src/kernel/bpf/object-file.ts';
import { loadBpfCalls } from '../../src/kernel/native/bpf-calls.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { asUser, inMountNamespace } from '../makers/namespaces.ts';
import { output } from '../makers/observe-elsewhere.ts';
import { asMember, buildOtherVersion, bundleWithObject, makePinsPlace, plumbBpf } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

/** As root, in a mount namespace where something was changed. */
const where = (script: string) => [...inMountNamespace(`${script}; exec "$@"`), 'sh'];
/** A file with this text, in the place of another. */
const covered = (scratch: string, file: string, text: string) => {
  const instead = `${scratch}/${file.replaceAll('/', '_')}`;
  fs.writeFileSync(instead, text);
  return where(`mount --bind ${instead} ${file}`);
};
const libbpf = () => {
  const [, place = ''] = /libbpf\.so\.1 .*=> (\S+)/.exec(execFileSync('ldconfig', ['-p'], { encoding: 'utf8' })) ?? [];
  return fs.realpathSync(place);
};

/** What install and status say there; install has to end with nothing done. */
async function told(through: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const directory = makePinsPlace();
  const args = ['--directory', directory];
  const refused = await plumbBpf(['install', ...args, '--group', '4242'], { through, env });
  expect(refused).toMatchObject({ code: 3, stdout: '' });
  // A directory that was made on the way is empty, and nothing is mounted on it for others.
  if (fs.existsSync(directory)) expect(fs.readdirSync(directory)).toEqual([]);
  const { code, stdout } = await plumbBpf(['status', '--json', ...args], { through, env });
  expect(code).toBe(1);
  const { requirements } = JSON.parse(stdout) as { requirements: { what: string; answer: string; found: string }[] };
  return { stderr: refused.stderr, no: requirements.filter(({ answer }) => answer === 'no').map(({ what }) => what) };
}

describe('plumb bpf install says by name', () => {
  requires('root', 'iterators', 'mount namespaces', 'setpriv', 'unshare');

  it('that the kernel does not describe itself', async () => {
    const { stderr, no } = await told(where('mount -t tmpfs none /sys/kernel/btf'));
    expect(no).toEqual(['BTF']);
    expect(stderr).toMatch(
      /^plumb: there is no \/sys\/kernel\/btf\/vmlinux.*\n +a kernel with CONFIG_DEBUG_INFO_BTF=y\n$/,
    );
  });

  it('that it is locked down', async () => {
    const script = 'mount -t tmpfs none /sys/kernel/security; echo "none integrity [confidentiality]" >';
    const { stderr, no } = await told(where(`${script} /sys/kernel/security/lockdown`));
    expect(no).toEqual(['lockdown']);
    expect(stderr).toMatch(/confidentiality: no program may read the memory of the kernel\n +boot with/);
  });

  it('that it is too old', async () => {
    const { stderr, no } = await told(covered(makeScratch(), '/proc/sys/kernel/osrelease', '5.4.0-26-generic\n'));
    expect(no).toEqual(['kernel']);
    expect(stderr).toMatch(/^plumb: Linux 5\.4\.0-26-generic cannot have the iterator\n +Linux 5\.13 or later/);
  });

  it('that it has no BPF file system', async () => {
    const { stderr, no } = await told(covered(makeScratch(), '/proc/filesystems', 'nodev\tproc\n\text4\n'));
    expect(no).toEqual(['bpffs']);
    expect(stderr).toContain('no BPF file system');
  });

  it('that a library is missing', async () => {
    const { stderr, no } = await told(covered(makeScratch(), libbpf(), 'no library'));
    expect(no).toEqual(['libbpf']);
    expect(stderr).toMatch(/libbpf does not load: .*\n +install it \(Debian and Ubuntu: libbpf1;/);
  });

  it('that a library is too old', async () => {
    const scratch = makeScratch();
    fs.writeFileSync(`${scratch}/old.c`, 'const char *libbpf_version_string(void) { return "v0.5"; }\n');
    execFileSync('cc', ['-shared', '-o', `${scratch}/libbpf.so.0`, `${scratch}/old.c`]);
    const through = covered(scratch, libbpf(), 'no library');
    const { stderr, no } = await told(through, { LD_LIBRARY_PATH: scratch });
    expect(no).toEqual(['libbpf']);
    expect(stderr).toContain("Cannot find function 'libbpf_set_print'");
  });

  it('that the iterators were not built', async () => {
    const { stderr, no } = await told(where(`mount -t tmpfs none ${(await objectFile()).replace(/\/[^/]+$/, '')}`));
    expect(no).toEqual(['object']);
    expect(stderr).toMatch(/the iterators were not built: .*\n +npm run build:bpf \(it needs clang\)\n$/);
  });

  it('that it runs in a container', async () => {
    const { stderr, no } = await told(['unshare', '--map-root-user']);
    expect(no).toContain('namespace');
    expect(stderr).toMatch(/a user namespace of its own/);
  });

  it('that root lacks the rights', async () => {
    const { stderr, no } = await told(['setpriv', '--bounding-set=-all', '--inh-caps=-all']);
    expect(no).toEqual(['rights', 'mounting']);
    expect(stderr).toContain('no CAP_BPF, no CAP_PERFMON');
    // With these two they are loaded, and there is nowhere to pin them.
    const two = ['setpriv', '--bounding-set=-all,+bpf,+perfmon', '--inh-caps=-all'];
    expect((await told(two)).stderr).toMatch(
      /no BPF file system can be mounted on .*: EPERM\n +it takes CAP_SYS_ADMIN/,
    );
  });
});

describe('the kernel’s verifier', () => {
  requires('root', 'iterators', 'clang', 'mount namespaces');

  it('is heard where it refuses a program, in the error and nowhere else', async () => {
    const scratch = makeScratch();
    const code = `
      __attribute__((section("iter/task"), used)) int sessions(long *ctx) { return *(long *)(ctx[1] * 8); }
      char LICENSE[] __attribute__((section("license"), used)) = "GPL";`;
    fs.writeFileSync(`${scratch}/bad.c`, code);
    const object = `${scratch}/bad.o`;
    execFileSync('clang', ['-g', '-O2', '-target', 'bpf', '-c', `${scratch}/bad.c`, '-o', object]);
    const directory = makePinsPlace();
    const through = where(`mount --bind ${object} ${await objectFile()}`);
    const refused = await plumbBpf(['install', '--directory', directory, '--group', '4242'], { through });
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    const lines = refused.stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^plumb: the kernel's verifier refuses sessions \(E[A-Z]+\): .*R1 .* \| processed \d+ insns/,
    );
    expect(lines).toHaveLength(2);
  });
});

describe('bpf(2)', () => {
  it('is not called by a number that may be another call’s', async () => {
    expect((await loadBpfCalls('mips')).probe()).toEqual({ kind: 'unsupported', errno: 'ENOSYS' });
  });
});

describe('an iterator of the process itself', () => {
  requires('root', 'iterators', 'clang', 'setpriv', 'mount namespaces', 'a node for every user');

  async function ownAs(through: readonly string[]) {
    const main = await bundleWithObject(makeScratch(), 'own-iterator-main');
    return JSON.parse(await output([...through, globalThis.process.execPath, main])) as {
      readonly origin?: string;
      readonly lengths?: readonly number[];
      readonly reason?: string;
      readonly message?: string;
      readonly hint?: string;
    };
  }

  it('takes two capabilities, and no root', async () => {
    const { origin, lengths } = await ownAs(asMember(3001, [], ['bpf', 'perfmon']));
    expect(origin).toBe('own');
    // At least this process, twice.
    expect(lengths?.map((it) => it > 48 + 248 + 16 + 24)).toEqual([true, true]);
  });

  it('takes no more where the kernel lacks a type that is asked for, as Linux 6.1 and 6.12 do', async () => {
    const asked = 'enum dentry_flags { DCACHE_MOUNTED = 0x8000 };';
    const object = buildOtherVersion(makeScratch(), {
      file: 'kernel.h',
      from: asked,
      to: `#define dentry_flags no_such_flags\n${asked}`,
    });
    const through = where(`mount --bind ${object} ${await objectFile()}`);
    const { origin, message } = await ownAs([...through, ...asMember(3001, [], ['bpf', 'perfmon'])]);
    expect({ origin, message }).toEqual({ origin: 'own', message: undefined });
  });

  it('is refused without them, by name', async () => {
    expect(await ownAs(asUser(3001))).toMatchObject({
      reason: 'denied',
      message: 'no CAP_BPF, no CAP_PERFMON',
      hint: 'run it as root, or with CAP_BPF and CAP_PERFMON',
    });
    expect(await ownAs(asMember(3001, [], ['bpf']))).toMatchObject({ reason: 'denied', message: 'no CAP_PERFMON' });
  });
});
