import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScreenWindows } from './screen-windows.ts';

describe('parseScreenWindows()', () => {
  it('tells numbers and titles, whatever a title looks like', () => {
    const titles = ['bash', '7 up  3 x', '  1 two  2 three', '', ' ', 'Z', 'a (b) $*', '\xc3\xa9 \xff'];
    const answer = titles.map((title, number) => `\n9\t${number}\t\t${title}`).join('');
    expect(parseScreenWindows(answer)).toEqual(
      titles.map((title, number) => ({ serverPid: 9, number: String(number), title, isZombie: false })),
    );
  });

  it('tells windows whose program has ended by their flags alone', () => {
    expect(parseScreenWindows('\n9\t0\t*$\tbash\n9\t3\t@Z\tZ')).toEqual([
      { serverPid: 9, number: '0', title: 'bash', isZombie: false },
      { serverPid: 9, number: '3', title: 'Z', isZombie: true },
    ]);
  });

  it('skips what screen says of dead sessions before the first window', () => {
    const wipe = "Remove dead screens with 'screen -wipe'.";
    expect(parseScreenWindows(`${wipe}\n9\t0\t\tbash`)).toHaveLength(1);
    expect(parseScreenWindows(`${wipe}${wipe}\n\n9\t0\t\tbash`)).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['the usual form, which two windows and one with an odd title share', '0 bash  1 two'],
    ['a complaint', 'No screen session found.'],
    ['a line that is none', '\n9\t0\t\tbash\nwindows: too many parameters'],
    ['a number that is none', '\n9\tx\t\tbash'],
    ['a title with a tab, which screen never has', '\n9\t0\t\ta\tb'],
  ])('says nothing of %s', (_, answer) => {
    expect(parseScreenWindows(answer)).toBeNull();
  });

  it('gives back what was listed', () => {
    const title = fc.string({ unit: 'binary' }).map((it) => [...it].filter((character) => character >= ' ').join(''));
    const window = fc.record({
      serverPid: fc.nat(4194304),
      number: fc.nat(9999).map(String),
      title,
      isZombie: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(window, { minLength: 1 }), (windows) => {
        const answer = windows
          .map((it) => `\n${it.serverPid}\t${it.number}\t${it.isZombie ? '*Z' : '*'}\t${it.title}`)
          .join('');
        expect(parseScreenWindows(answer)).toEqual(windows);
      }),
    );
  });
});
