import { describe, expect, it } from 'vitest';
import type { Pane, PaneSight } from '../../model/pane.ts';
import { toText } from '../../model/text.ts';
import { type PaneForm, paneValue, usualPaneForm } from './pane-forms.ts';

const SERVER = { pid: 10, startTimeTicks: 1n, innerPid: 10, uid: 0, gid: 0, socket: '/s', program: '/p' };
const TERMINAL = { name: 'pts/3', ttyNr: 34819, dev: 26n, index: 3 };

function tmux(address = 'work:1.0', alsoAt: readonly string[] = []): Pane {
  const places = { address: toText(address), alsoAt: alsoAt.map(toText) };
  return { multiplexer: 'tmux', server: SERVER, id: '%7', ...places, firstPid: 100 };
}

function screen(id: string | null = '0'): Pane {
  const address = toText(id === null ? '120.work' : `120.work:${id}`);
  return { multiplexer: 'screen', server: SERVER, id, address, alsoAt: [], firstPid: 100 };
}

/** What a row with this text should say of a session in this pane. */
function written(stored: string | null, pane: Pane, usual: PaneForm = 'id'): string | null | undefined {
  return paneValue({ terminal: TERMINAL, pane: { kind: 'pane', pane, links: [] } }, stored, () => usual);
}

describe('paneValue()', () => {
  it.each(['%7', 'work:1.0', 'work:1.0 %7', 'work:1', 'work', ' %7 '])(
    'leaves %j, which is right in its form',
    (text) => {
      expect(written(text, tmux())).toBe(text);
    },
  );

  it.each([
    ['%3', '%7'],
    ['work:2.0', 'work:1.0'],
    ['other:1.0', 'work:1.0'],
    ['work:1.0 %3', 'work:1.0 %7'],
    ['work:2.0 %7', 'work:1.0 %7'],
    ['work:2', 'work:1'],
    ['other', 'work'],
    ['a b:1.0', 'work:1.0'],
  ])('mends %j in the form that it has', (text, mended) => {
    expect(written(text, tmux())).toBe(mended);
  });

  it.each(['b:1.0', 'b:1.0 %7', 'b:1', 'b', 'c:4.0'])(
    'leaves %j, another place where grouped sessions show it',
    (text) => {
      expect(written(text, tmux('a:1.0', ['b:1.0', 'c:4.0']))).toBe(text);
    },
  );

  it.each(['work:editor', 'work:editor.0', '%seven', '=work:1.{top}'])(
    'leaves %j, a form that it cannot compare',
    (text) => {
      expect(written(text, tmux())).toBe(text);
    },
  );

  it.each(['120.work:0', '120.work', 'work:0', 'work', '120.work:?'])('leaves %j of screen', (text) => {
    expect(written(text, screen())).toBe(text);
  });

  it.each([
    ['120.work:1', '120.work:0'],
    ['99.other', '120.work'],
    ['99.other:2', '120.work:0'],
    ['other:2', 'work:0'],
    ['other', 'work'],
    ['%7', '120.work:0'],
    [null, '120.work:0'],
  ])('mends %j of screen', (text, mended) => {
    expect(written(text, screen())).toBe(mended);
  });

  it('does not contradict the number of a window that it does not know', () => {
    expect(written('120.work:3', screen(null))).toBe('120.work:3');
    expect(written('work:3', screen(null))).toBe('work:3');
    expect(written('99.other:3', screen(null))).toBe('120.work');
  });

  it('gives a row that had none the usual form, and so to one that was in screen', () => {
    expect(written(null, tmux())).toBe('%7');
    expect(written('', tmux(), 'both')).toBe('work:1.0 %7');
    expect(written('99.other:3', tmux(), 'address')).toBe('work:1.0');
  });

  it.each([
    ['nothing was asked', null, TERMINAL, undefined],
    ['it is unknown', { kind: 'unknown', why: 'denied', links: [] }, TERMINAL, undefined],
    ['no pane shows it', { kind: 'none', why: 'sshd', links: [] }, TERMINAL, null],
    ['it has no terminal', null, null, null],
  ] satisfies readonly [string, PaneSight | null, typeof TERMINAL | null, null | undefined][])(
    'where %s',
    (_, pane, terminal, value) => {
      expect(paneValue({ terminal, pane }, '%7', () => 'id')).toBe(value);
    },
  );

  it('leaves an empty text where there is none', () => {
    expect(paneValue({ terminal: null, pane: null }, ' ', () => 'id')).toBe(' ');
  });

  it('says nothing of a name that no text can hold', () => {
    expect(written('%3', tmux('\xff:1.0'))).toBeUndefined();
  });
});

describe('usualPaneForm()', () => {
  it.each([
    [[], 'id'],
    [['work:1.0', 'work:1.1', '%3', null, undefined, ''], 'address'],
    [['12.work:0', '13.work:0', 'work:1.0 %7'], 'both'],
    [['work:editor', 'work:1'], 'window'],
  ] satisfies readonly [readonly (string | null | undefined)[], PaneForm][])('of %j is %s', (texts, form) => {
    expect(usualPaneForm(texts)).toBe(form);
  });
});
