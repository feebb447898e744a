// Builds dist/bpf/sessions.bpf.o: the iterators of bpf/, one object for every kernel that has BTF. With --if-clang it says so
// where there is no clang, and fails no test run for that.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import proc from 'node:process';

if (proc.argv.includes('--if-clang') && spawnSync('clang', ['--version']).error) {
  proc.stderr.write('clang is not installed (Debian: clang): the iterators are not built\n');
  proc.exit(0);
}
mkdirSync('dist/bpf', { recursive: true });
execFileSync(
  'clang',
  [
    // BTF, from which the loader knows what to look for in the running kernel.
    '-g',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-target',
    'bpf',
    // Since Linux 5.1.
    '-mcpu=v3',
    // A loop ends in a jump: before Linux 6.8 a verifier refuses one into whose begin an instruction falls from below.
    '-mllvm',
    '-disable-block-placement',
    '-c',
    'bpf/sessions.bpf.c',
    '-o',
    'dist/bpf/sessions.bpf.o',
  ],
  { stdio: 'inherit' },
);
