import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../model/errors.ts';
import { fromFlag } from './origin.ts';
import { parseHomes } from './parse-homes.ts';

describe('parseHomes()', () => {
  it.each([
    ['/srv/agents/*', { directory: '/srv/agents', prefix: '', suffix: '', rest: '' }],
    ['/srv/agent-*', { directory: '/srv', prefix: 'agent-', suffix: '', rest: '' }],
    ['/srv/*.git', { directory: '/srv', prefix: '', suffix: '.git', rest: '' }],
    ['/home/*/work', { directory: '/home', prefix: '', suffix: '', rest: '/work' }],
    ['/home/a*b/src/../x', { directory: '/home', prefix: 'a', suffix: 'b', rest: '/src/../x' }],
    ['/*', { directory: '/', prefix: '', suffix: '', rest: '' }],
    ['//srv/./agents//*/', { directory: '/srv/agents', prefix: '', suffix: '', rest: '' }],
    ['/srv/a=b/*', { directory: '/srv/a=b', prefix: '', suffix: '', rest: '' }],
  ])('takes the pattern %s apart', (entry, parts) => {
    expect(parseHomes([entry])).toEqual([expect.objectContaining({ kind: 'pattern', origin: 'homes[0]', ...parts })]);
  });

  it.each([
    ['ada = /srv/ada', 'ada', '/srv/ada'],
    ['ada=/srv/ada/', 'ada', '/srv/ada'],
    ['a b = /srv/a = b', 'a b', '/srv/a = b'],
    ['root = /', 'root', '/'],
    ['.hidden = /srv/x', '.hidden', '/srv/x'],
    ['a\nb = /srv/a\nb', 'a\nb', '/srv/a\nb'],
  ])('reads %j as a name and a path', (entry, name, path) => {
    expect(parseHomes([entry])).toEqual([{ kind: 'path', name, path, origin: 'homes[0]' }]);
  });

  it.each([
    ['agents/*', '/srv/here/agents/*'],
    ['./agents/*', '/srv/here/agents/*'],
    ['../*', '/srv/*'],
    ['../../../../*', '/*'],
    ['*', '/srv/here/*'],
    ['./a=b/*', '/srv/here/a=b/*'],
  ])('resolves %s against the directory of the shell', (entry, pattern) => {
    const homes = parseHomes(
      [entry],
      fromFlag('--home', () => '/srv/here'),
    );
    expect(homes).toEqual([expect.objectContaining({ pattern, origin: '--home' })]);
  });

  it('resolves the path of a named home too', () => {
    const homes = parseHomes(
      ['ada = .'],
      fromFlag('--home', () => '/srv/here'),
    );
    expect(homes).toEqual([{ kind: 'path', name: 'ada', path: '/srv/here', origin: '--home' }]);
  });

  it.each([
    ['/srv/agents', 'has no *', '/srv/agents/* for every directory in it, or NAME = /srv/agents'],
    ['/', 'has no *', 'write /* for every directory in it'],
    ['/srv/*/*', 'has 2 *', 'exactly one *'],
    ['/srv/**', 'has 2 *', 'exactly one *'],
    ['', 'the path is empty', '/srv/agents/*'],
    [' = /srv/ada', 'the name is empty', 'name = path'],
    ['ada =', 'the path is empty', '/srv/agents/*'],
    ['a/b = /srv/ada', 'a name cannot hold a /', 'one word'],
    ['ada = /srv/*', 'holds a *', 'write the pattern alone'],
    ['~/agents/*', '~ is not expanded', 'write the whole path'],
    ['ada = ~/agents', '~ is not expanded', 'write the whole path'],
    ['agents/*', 'is relative', 'beginning with /'],
    ['/srv/\0/*', 'NUL', 'no path can hold one'],
    ['a\0 = /srv', 'NUL', 'no file or name'],
  ])('refuses %j and says what to write', (entry, message, hint) => {
    const error = failure(() => parseHomes(['/srv/good/*', entry]));
    expect(error.code).toBe('usage');
    expect(error.message).toContain('homes[1]: ');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('says so where the current directory is gone', () => {
    const gone = () => {
      throw new Error('ENOENT: no such file or directory, uv_cwd');
    };
    expect(failure(() => parseHomes(['x/*'], fromFlag('--home', gone))).message).toContain('uv_cwd');
  });
});

function failure(run: () => unknown): PlumblineError {
  try {
    run();
  } catch (error) {
    if (error instanceof PlumblineError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
