import { describe, expect, it } from 'vitest';
import type { PaneServer } from '../model/pane.ts';
import { parseTmuxPanes } from './tmux-panes.ts';

const SERVER: PaneServer = {
  pid: 310,
  startTimeTicks: 3n,
  innerPid: 12,
  uid: 0,
  gid: 0,
  socket: '/tmp/tmux-0/default',
  program: '/usr/bin/tmux',
};

/** A line as tmux writes it: pid, id, first pid, terminal, dead, mode, input off, synchronized, window, pane, names. */
function line(said: Partial<Record<'pid' | 'id' | 'tty' | 'flags' | 'session' | 'window' | 'title', string>> = {}) {
  const { pid = '12', id = '%7', tty = '/dev/pts/3', flags = '0\t0\t0\t0' } = said;
  const { session = 'work', window = '1', title = 'bash' } = said;
  return `${[pid, id, '40', tty, flags, window, '0', session, title].join('\t')}\n`;
}

function panesOf(answer: string) {
  const listing = parseTmuxPanes(answer, SERVER);
  return 'silence' in listing ? listing.silence : listing.panes;
}

describe('parseTmuxPanes()', () => {
  it('tells a pane by its id, its address and its terminal', () => {
    const [listed] = panesOf(line({ session: 'a b', title: 'x y' }));
    expect(listed).toMatchObject({ ttyIndex: 3, title: 'x y', dead: false, obstacles: [] });
    expect(listed).toMatchObject({ pane: { id: '%7', address: { text: 'a b:1.0' }, firstPid: 40, alsoAt: [] } });
  });

  it('tells a pane of grouped sessions once, and where else it is found', () => {
    const panes = panesOf(
      line() + line({ session: 'work-2' }) + line({ session: 'x', window: '4' }) + line({ id: '%8' }),
    );
    expect(panes).toHaveLength(2);
    const also = [{ text: 'work-2:1.0' }, { text: 'x:4.0' }];
    expect(panes[0]).toMatchObject({ pane: { address: { text: 'work:1.0' }, alsoAt: also } });
  });

  it('does not believe the terminal of a dead pane, whose number may be used again', () => {
    const [dead, living] = panesOf(line({ flags: '1\t0\t0\t0' }) + line({ id: '%8' }));
    expect(dead).toMatchObject({ dead: true, ttyIndex: null });
    expect(living).toMatchObject({ dead: false, ttyIndex: 3 });
  });

  it('tells what stands in the way of typing; a word that this tmux does not know is none', () => {
    const [all, none] = panesOf(line({ flags: '0\t1\t1\t1' }) + line({ id: '%8', flags: '0\t\t\t' }));
    expect(all).toMatchObject({ obstacles: ['copy mode', 'input off', 'synchronized panes'] });
    expect(none).toMatchObject({ obstacles: [] });
  });

  it('says nothing of any pane where another server has answered', () => {
    expect(panesOf(line() + line({ pid: '13' }))).toContain('another server (13) listens on its socket');
  });

  it.each([
    ['a field too many, as from a tab in a name', line({ session: 'a\tb' })],
    ['a name with a newline', line({ title: 'a\nb' })],
    ['an id that is none', line({ id: '7' })],
    ['an answer that was cut', line().slice(0, -8)],
    ['another format', '12 %7 40 /dev/pts/3\n'],
  ])('says nothing of any pane for %s', (_, answer) => {
    expect(panesOf(line() + answer)).toContain('it lists a pane that cannot be read');
  });

  it('knows of no pane where there is none', () => {
    expect(panesOf('')).toEqual([]);
  });
});
