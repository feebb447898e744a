import { describe, expect, it } from 'vitest';
import type { Outcome } from '../model/outcome.ts';
import type { ProcessFacts, ProcessStat } from '../model/process.ts';
import { commandRule } from './commands.ts';
import { isLauncher } from './launcher-programs.ts';
import { displayName, programOf } from './program.ts';

const denied: Outcome<never> = { kind: 'denied', errno: 'EACCES' };

function facts(comm: string, argv: string | null, exe: string | null): ProcessFacts {
  return {
    stat: { comm } as ProcessStat,
    argv: argv === null ? denied : { kind: 'value', value: argv.split(' ') },
    exe: exe === null ? denied : { kind: 'value', value: { path: exe, file: { dev: 1n, ino: 2n } } },
    cwd: null,
    terminal: null,
    terminalTimes: null,
    namespacePids: null,
    stdin: null,
    groupLeader: 'present',
  };
}

describe('programOf() and displayName()', () => {
  it.each([
    ['a program', 'vim', 'vim book', '/usr/bin/vim.basic', 'vim.basic'],
    ['a script of node', 'MainThread', 'node /usr/bin/claude', '/usr/bin/node', 'claude'],
    ['a node that set its title', 'claude', 'claude', '/usr/bin/node', 'claude'],
    ['node without a script', 'node', 'node', '/usr/bin/node', 'node'],
    ['an isolated python', 'python3', 'python3 -I /x/claude.py', '/usr/bin/python3.11', 'claude.py'],
    ['perl with warnings', 'perl', 'perl -W /x/claude.pl', '/usr/bin/perl', 'claude.pl'],
    ['node with a title', 'foo', 'node --title foo /x/claude.js', '/usr/bin/node', 'claude.js'],
    [
      'a program under the loader',
      'ld-linux-x86-64',
      '/lib64/ld-linux-x86-64.so.2 /x/claude',
      '/lib/ld-linux-x86-64.so.2',
      'claude',
    ],
    ['a module of python', 'python3', 'python3 -u -m aider', '/usr/bin/python3.11', 'aider'],
    ['deno run', 'deno', 'deno run -A main.ts', '/usr/bin/deno', 'main.ts'],
    ['a login shell', 'bash', '-bash', '/usr/bin/bash', 'bash'],
    ['a program whose file was replaced', 'claude', 'claude', '/opt/claude (deleted)', 'claude'],
    ['another user’s program', 'claude', '/opt/x/claude --resume', null, 'claude'],
    ['a program of which only the name is known', 'claude', null, null, 'claude'],
  ])('names %s', (_, comm, argv, exe, name) => {
    expect(displayName(programOf(facts(comm, argv, exe)))).toBe(name);
  });
});

describe('commandRule()', () => {
  it.each([
    ['comm', facts('claude', 'x', '/usr/bin/x'), 'claude'],
    ['argv[0]', facts('x', '/usr/bin/claude', '/usr/bin/x'), 'claude'],
    ['exe', facts('x', 'x', '/usr/bin/claude'), 'claude'],
    ['a script without its ending', facts('node', 'node /x/claude.mjs', '/usr/bin/node'), 'claude'],
    ['15 bytes of a longer name', facts('a-very-long-nam', 'x', '/usr/bin/x'), 'a-very-long-name-indeed'],
    ['nothing of the kind', facts('claude2', 'claude2', '/usr/bin/claude2'), null],
    ['an argument only', facts('vim', 'vim claude', '/usr/bin/vim'), null],
  ])('matches by %s', (_, process_, command) => {
    expect(commandRule(['claude', 'a-very-long-name-indeed']).match(programOf(process_))).toBe(command);
  });

  it('with * takes any program but shells, multiplexers and launchers', () => {
    const rule = commandRule(['*'], () => new Set(['myshell']));
    const match = (comm: string) => rule.match(programOf(facts(comm, comm, `/usr/bin/${comm}`)));
    expect(['vim', 'bash', 'myshell', 'tmux', 'sudo', 'claude'].map(match)).toEqual([
      'vim',
      null,
      null,
      null,
      null,
      'claude',
    ]);
  });
});

describe('isLauncher()', () => {
  it.each([
    ['a shell', facts('bash', 'bash', '/usr/bin/bash'), true],
    ['a shell script with a name of its own', facts('claude', '/bin/sh /usr/bin/claude', '/usr/bin/dash'), true],
    ['npm by its title', facts('npm exec claude', 'npm exec claude', '/usr/bin/node'), true],
    ['npx by its script', facts('node', 'node /usr/bin/npx claude', '/usr/bin/node'), true],
    ['sudo of another user', facts('sudo', 'sudo claude', null), true],
    ['an agent', facts('claude', 'claude', '/opt/claude'), false],
    ['an agent that is called like a launcher', facts('script', 'claude', '/opt/claude'), false],
  ])('%s', (_, process_, launcher) => {
    expect(isLauncher(programOf(process_))).toBe(launcher);
  });
});
