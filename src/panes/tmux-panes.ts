import type { Pane, PaneServer } from '../model/pane.ts';
import { type ByteString, toText } from '../model/text.ts';
import type { ListedPane, Listing } from './multiplexer.ts';

/** What is asked of every pane: names last, since an older tmux lets a tab into a session's name. */
const FIELDS = [
  'pid',
  'pane_id',
  'pane_pid',
  'pane_tty',
  'pane_dead',
  'pane_in_mode',
  'pane_input_off',
  'pane_synchronized',
  'window_index',
  'pane_index',
  'session_name',
  'window_name',
] as const;
type Field = (typeof FIELDS)[number];

/** How tmux is told to write each pane (FORMATS of tmux(1)): a line each, the fields parted by tabs. */
export const PANE_FORMAT = FIELDS.map((field) => `#{${field}}`).join('\t');

/**
 * Reads what `list-panes -a` has answered: panes in their order, one each, however many grouped sessions show it.
 * What was not answered by this server, or cannot be understood, says nothing of any pane.
 */
export function parseTmuxPanes(answer: string, server: PaneServer): Listing {
  const panes = new Map<string, ListedPane>();
  for (const line of answer.split('\n')) {
    if (line === '') continue;
    const values = line.split('\t');
    const of = (field: Field) => values[FIELDS.indexOf(field)] ?? '';
    if (values.length !== FIELDS.length || !/^%\d+$/.test(of('pane_id'))) {
      return { silence: `it lists a pane that cannot be read: ${line}`, hint: '' };
    }
    if (of('pid') !== String(server.innerPid)) {
      const hint = `the server ${server.pid} makes its socket anew when it is told to: kill -USR1 ${server.pid}`;
      return { silence: `another server (${of('pid')}) listens on its socket ${server.socket} now`, hint };
    }
    const listed = listedPane(of, server);
    const first = panes.get(of('pane_id'));
    panes.set(of('pane_id'), first ? alsoAt(first, listed.pane.address) : listed);
  }
  return { panes: [...panes.values()] };
}

function alsoAt(listed: ListedPane, address: Pane['address']): ListedPane {
  return { ...listed, pane: { ...listed.pane, alsoAt: [...listed.pane.alsoAt, address] } };
}

function listedPane(of: (field: Field) => ByteString, server: PaneServer): ListedPane {
  const pane: Pane = {
    multiplexer: 'tmux',
    server,
    id: of('pane_id'),
    address: toText(`${of('session_name')}:${of('window_index')}.${of('pane_index')}`),
    alsoAt: [],
    firstPid: Number(of('pane_pid')) || null,
  };
  const index = /^\/dev\/pts\/(\d{1,10})$/.exec(of('pane_tty'))?.[1];
  const dead = of('pane_dead') === '1';
  const obstacles: readonly (readonly [Field, string])[] = [
    ['pane_in_mode', 'copy mode'],
    ['pane_input_off', 'input off'],
    ['pane_synchronized', 'synchronized panes'],
  ];
  return {
    pane,
    // A dead pane still names the terminal that it had, whose number may be another pane's now.
    ttyIndex: index === undefined || dead ? null : Number(index),
    title: of('window_name'),
    dead,
    obstacles: obstacles.flatMap(([field, name]) => (['', '0'].includes(of(field)) ? [] : [name])),
  };
}
