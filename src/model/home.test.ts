import { describe, expect, it } from 'vitest';
import { type HomeSpec, homeAtOrAbove } from './home.ts';

const PATTERN: HomeSpec = {
  kind: 'pattern',
  pattern: '/srv/agents/a-*/repo',
  directory: '/srv/agents',
  prefix: 'a-',
  suffix: '',
  rest: '/repo',
  origin: 'test',
};
const NAMED: HomeSpec = { kind: 'path', name: 'eve', path: '/home/eve/', origin: 'test' };

describe('homeAtOrAbove()', () => {
  it.each([
    ['/home/eve', 'eve'],
    ['/home/eve/src/x', 'eve'],
    ['/home/evelyn', null],
    ['/home', null],
    ['/srv/agents/a-ada/repo', 'ada'],
    ['/srv/agents/a-ada/repo/lib', 'ada'],
    ['/srv/agents/a-ada/repository', null],
    ['/srv/agents/a-ada', null],
    ['/srv/agents/b-ada/repo', null],
    ['/', null],
  ])('finds the home of %s: %s', (path, name) => {
    expect(homeAtOrAbove([NAMED, PATTERN], path)?.name ?? null).toBe(name);
  });

  it('finds the nearest of several', () => {
    const inner: HomeSpec = { kind: 'path', name: 'inner', path: '/home/eve/inner', origin: 'test' };
    expect(homeAtOrAbove([inner, NAMED], '/home/eve/inner/x')).toEqual({ name: 'inner', path: '/home/eve/inner' });
    expect(homeAtOrAbove([{ ...NAMED, path: '/' }], '/x')).toEqual({ name: 'eve', path: '/' });
  });
});
