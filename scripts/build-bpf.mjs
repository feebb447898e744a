// Builds dist/bpf/sessions.bpf.o: the iterators of bpf/, one object for every kernel that has BTF.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

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
