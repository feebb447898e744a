import { describe, expect, it } from 'vitest';
import { scriptArgument } from './interpreter.ts';

/** Arguments are separated by `|`, so that they may hold blanks. */
function found(line: string): string {
  const argv = line.split('|');
  const it = scriptArgument(argv, argv[0] ?? '');
  return it === null ? 'none' : `${argv[it.index]}${it.certain ? '' : ' perhaps'}`;
}

describe('scriptArgument()', () => {
  it.each([
    ['node|/usr/bin/claude|--resume', '/usr/bin/claude'],
    ['node|claude', 'claude'],
    ['node|--require|./hook.js|agent.js|token', 'agent.js'],
    ['node|--max-old-space-size=4096|agent', 'agent'],
    ['node|--|agent', 'agent'],
    ['node|/srv/my agents/agent.js', '/srv/my agents/agent.js'],
    ['python3|-u|agent', 'agent'],
    ['python3|-m|aider|--api-key|k', 'aider'],
    ['python3|-um|aider', 'aider'],
    ['python3|-W|ignore|agent.py', 'agent.py'],
    ['python3|-Wignore|agent', 'agent'],
    ['python3.11|-X|dev|-B|agent', 'agent'],
    ['perl|-I|lib|-w|agent', 'agent'],
    ['perl|-Ilib|agent', 'agent'],
    ['perl|-MJSON|agent', 'agent'],
    ['ruby|-W2|-r|json|agent', 'agent'],
    ['deno|run|--allow-net|./agent.ts', './agent.ts'],
    ['bun|run|agent', 'agent'],
    ['bun|x|claude', 'claude'],
    ['ld-linux-x86-64.so.2|--library-path|/lib|/usr/bin/claude', '/usr/bin/claude'],
  ])('%s runs %s', (line, expected) => expect(found(line)).toBe(expected));

  it.each([
    'python3',
    'python3|-|secret',
    'python3|-c|import os|secret',
    'python3|-uc|connect("secret")',
    'python3|-Bc|connect|secret',
    'python3|-cimport os|secret',
    'perl|-e|print|secret',
    'perl|-ne|print|secret',
    'perl|-we|print|secret',
    'perl|-lane|print|secret',
    'perl|-wE|say|secret',
    'perl|-eprint|secret',
    'ruby|-ne|puts|secret',
    'ruby|-e|puts|secret',
    'node|-e|fetch|secret',
    'node|--eval=fetch()|secret',
    'node|--eval|fetch()|secret',
    'node|-pe|fetch()|secret',
    'node|--print|fetch()|secret',
    'deno|eval|fetch()',
    'deno|repl|secret',
    'bun|--eval|fetch()',
    'bun|-p|fetch()',
    'bun|exec|curl secret',
  ])('%s runs no script', (line) => expect(found(line)).toBe('none'));

  it.each([
    ['node|--some-new-option|hunter2', 'hunter2 perhaps'],
    ['bun|--token|hunter2|agent.ts', 'hunter2 perhaps'],
    ['node|a=b; c', 'a=b; c perhaps'],
    ['python3|print("x")', 'print("x") perhaps'],
    ['node|--inspect|server', 'server perhaps'],
    ['node|--inspect|server.js', 'server.js'],
  ])('%s is not certain to run what is shown: %s', (line, expected) => expect(found(line)).toBe(expected));
});
