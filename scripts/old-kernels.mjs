// Asks the kernels that Debian offers what their verifiers say of dist/bpf/sessions.bpf.o, and whether what the iterators
// tell there is what /proc tells. Each kernel is downloaded (never installed), booted in QEMU with one static program of
// bpf/old-kernels/ for a userland, and switched off.
//
//   npm run old-kernels                  every suite of SUITES
//   npm run old-kernels -- bullseye      that one
//   npm run old-kernels -- bookworm/rt   its PREEMPT_RT kernel (others: cloud, which is taken where none is named)
//   npm run old-kernels -- --verbose …   all that the machine says too
//   npm run old-kernels -- --append=lockdown=confidentiality …   with more on the kernel's command line
//
// Needs a Debian machine with apt, dpkg-deb, gcc, qemu-system-x86, libbpf-dev, libelf-dev and zlib1g-dev. Needs no root, and
// no /dev/kvm. What was downloaded stays in dist/old-kernels.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const SUITES = ['bullseye', 'bookworm', 'trixie', 'trixie-backports'];
const WORK = path.resolve('dist/old-kernels');
const SOURCES = ['init.c', 'try.c', 'populate.c', 'compare.c', 'lines.c'];
/** Of the package debian-archive-keyring: those of the older suites too. */
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** A boot without /dev/kvm takes about 20 s on two cores. */
const BOOT_MILLISECONDS = 300_000;

const appended = process.argv.flatMap((argument) => (argument.startsWith('--append=') ? [argument.slice(9)] : []));
const isVerbose = process.argv.includes('--verbose');
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** The mirror that this machine has Debian from. */
function mirror() {
  const targets = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages'],
    {
      encoding: 'utf8',
    },
  );
  const found = targets.split('\n').find((line) => line.endsWith(' Debian') && !line.includes('security'));
  if (found === undefined) throw new Error('apt has no Debian mirror: run apt-get update on a Debian machine');
  return found.split(' ')[0];
}

/** The options that make apt see one suite and nothing else, and keep out of the machine's own state. */
function aptOptions(suite, home) {
  const state = path.join(home, 'apt');
  for (const directory of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(state, directory), { recursive: true });
  writeFileSync(path.join(state, 'sources.list'), `deb [signed-by=${KEYS}] ${mirror()} ${suite} main\n`);
  return [
    `Dir::Etc::SourceList=${state}/sources.list`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${state}/lists`,
    `Dir::Cache=${state}/cache`,
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
}

/** The packages that hold the newest kernel of the suite: newer Debians have it in several. */
function kernelPackages(options, name, found = new Set()) {
  const depends = execFileSync('apt-cache', [...options, 'depends', name], { encoding: 'utf8' });
  for (const [, next] of depends.matchAll(/Depends: (linux-(?:image|binary)-[\d.]\S*)/gu)) {
    if (found.has(next)) continue;
    found.add(next);
    kernelPackages(options, next, found);
  }
  return [...found];
}

function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

/** @returns the path of the suite's kernel */
function download(name) {
  const [suite, flavour = 'cloud'] = name.split('/');
  const home = path.join(WORK, suite, flavour);
  const root = path.join(home, 'root');
  if (!existsSync(root)) {
    const options = aptOptions(suite, home);
    execFileSync('apt-get', [...options, 'update'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const packages = kernelPackages(options, `linux-image-${flavour}-amd64`);
    execFileSync('apt-get', [...options, 'download', ...packages], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (const file of readdirSync(home).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg-deb', ['-x', path.join(home, file), root]);
  }
  const kernel = filesBelow(root).find((file) => path.basename(file).startsWith('vmlinuz'));
  if (kernel === undefined) throw new Error(`no kernel in the packages of ${name}`);
  return kernel;
}

/** One file of a cpio archive in the form that the kernel unpacks (newc). */
function cpioEntry(name, mode, data) {
  const pad = (length) => Buffer.alloc((4 - (length % 4)) % 4);
  const fields = [0, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`);
  return Buffer.concat([head, pad(head.length), data, pad(data.length)]);
}

function buildInitramfs() {
  mkdirSync(WORK, { recursive: true });
  const init = path.join(WORK, 'init');
  const sources = SOURCES.map((name) => path.join('bpf/old-kernels', name));
  // record.h is written for the kernel's side: what it declares and nobody here uses is no mistake.
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-Wno-unknown-pragmas', '-Wno-unused-variable', '-static'];
  execFileSync('gcc', [...flags, '-o', init, ...sources, '-lbpf', '-lelf', '-lz'], { stdio: 'inherit' });
  chmodSync(init, 0o755);
  const file = path.join(WORK, 'initramfs.gz');
  writeFileSync(
    file,
    gzipSync(
      Buffer.concat([
        cpioEntry('init', 0o100755, readFileSync(init)),
        cpioEntry('sessions.bpf.o', 0o100644, readFileSync('dist/bpf/sessions.bpf.o')),
        cpioEntry('TRAILER!!!', 0, Buffer.alloc(0)),
      ]),
    ),
  );
  return file;
}

/** @returns what the machine said between `begin:` and `end:` */
function boot(kernel, initramfs) {
  const qemu = spawnSync(
    'qemu-system-x86_64',
    // With a thread for each processor QEMU 7.2 lets a kernel that patches its own code fall into an int3 now and then.
    ['-accel', 'tcg,thread=single', '-smp', '2', '-m', '768', '-nodefaults', '-no-user-config', '-display', 'none']
      .concat(['-serial', 'stdio', '-no-reboot', '-kernel', kernel, '-initrd', initramfs])
      .concat(['-append', ['console=ttyS0 quiet panic=-1', ...appended].join(' ')]),
    { encoding: 'utf8', timeout: BOOT_MILLISECONDS, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 },
  );
  const said = qemu.stdout.replaceAll('\r', '');
  if (isVerbose) process.stderr.write(said);
  const answer = /^begin: old-kernels\n(.*?)^end: old-kernels$/msu.exec(said);
  if (answer === null)
    throw new Error(`it was not booted to the end (${qemu.error ?? qemu.status}): …${said.slice(-600)}`);
  return answer[1].split('\n');
}

/** One row of the table for each program. */
function rowsOf(suite, lines) {
  const after = (word, from) =>
    from.filter((line) => line.startsWith(`${word}: `)).map((line) => line.slice(word.length + 2));
  const starts = lines.flatMap((line, at) => (line.startsWith('program: ') ? [at] : []));
  return starts.map((start, nth) => {
    const part = lines.slice(start, starts[nth + 1]);
    const log = after('log', part);
    // The verifier's last words; where it was not even asked, the loader's first.
    const isVerified = log.some((line) => line.startsWith('processed'));
    const why = isVerified
      ? log.findLast((line) => !/^(?:processed|stack depth|verification time|subprog) /u.test(line))
      : after('libbpf', part)[0];
    const verdict = after('verdict', part).map((said) => (said === 'loads' ? said : `${said}: ${why}`));
    const said = ['capable', 'lines', 'compared', 'unread', 'unpinned'].flatMap((word) => after(word, part));
    return {
      suite,
      kernel: /Debian (\S+)/u.exec(after('kernel', lines)[0] ?? '')?.[1],
      btf: after('btf', lines)[0],
      program: after('program', part)[0],
      verdict: verdict[0],
      instructions: /processed (\d+) insns/u.exec(log.join('\n'))?.[1],
      stack: /stack depth (?:max )?(\S+)/u.exec(log.join('\n'))?.[1],
      'load ms': after('loading', part).map((text) => Math.round(Number.parseInt(text, 10) / 1000))[0],
      absent: after('absent', part)[0],
      'read and compared': [...said, ...after('different', part).slice(0, 3)].join('; '),
    };
  });
}

const initramfs = buildInitramfs();
const rows = [];
for (const suite of asked.length > 0 ? asked : SUITES) {
  try {
    rows.push(...rowsOf(suite, boot(download(suite), initramfs)));
  } catch (error) {
    console.error(`${suite}: ${error.message}`);
    process.exitCode = 1;
  }
}

const columns = Object.keys(rows[0] ?? {});
console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => ' --- |').join('')}`);
for (const row of rows) console.log(`| ${columns.map((column) => row[column] ?? '').join(' | ')} |`);
