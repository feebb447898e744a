import { valueOrNull } from '../model/outcome.ts';
import type { Pane, PaneServer } from '../model/pane.ts';
import { type ByteString, toText } from '../model/text.ts';
import type { ClientAnswer, ClientRun } from './client.ts';
import type { ListedPane, Multiplexer } from './multiplexer.ts';

/** What is asked of every pane. tmux escapes control characters in the names, so that tabs part the fields. */
const FIELDS = [
  'pid',
  'pane_id',
  'pane_pid',
  'pane_tty',
  'pane_dead',
  'pane_in_mode',
  'pane_input_off',
  'pane_synchronized',
  'session_name',
  'window_index',
  'pane_index',
  'window_name',
] as const;
type Field = (typeof FIELDS)[number];

/** tmux: one server a socket; panes have ids that are never given twice in a server's life. */
export const tmux: Multiplexer = {
  name: 'tmux',
  mayBe: (comm) => comm === 'tmux: server' || comm === 'tmux',
  socketOf: ({ sockets: { own } }) => valueOrNull(own)?.[0] ?? null,
  async list(server, { run, signal }) {
    const format = FIELDS.map((field) => `#{${field}}`).join('\t');
    const answer = await run(server, { ...tmuxRun(server, ['list-panes', '-a', '-F', format]), signal });
    if ('silence' in answer) return answer;
    // A server whose last pane has gone ends; until it has it knows of none.
    if (answer.code !== 0) return { silence: saidBy(answer), hint: '' };
    return parseListing(answer.stdout, server);
  },
};

/**
 * A run of tmux's client. The server's own program is taken first: after an upgrade a new client does not understand
 * an old server.
 */
export function tmuxRun(server: PaneServer, args: readonly string[]): ClientRun {
  const socket = Buffer.from(server.socket, 'latin1').toString('utf8');
  return { programs: [server.program, 'tmux'], args: ['-u', '-S', socket, ...args] };
}

/** What tmux has said of a failure. */
export function saidBy({ code, stderr }: ClientAnswer): string {
  return stderr.trim() || `it ended with ${code}`;
}

/** Panes in their order; what a grouped session lists again is one pane. */
function parseListing(text: string, server: PaneServer) {
  const panes = new Map<string, ListedPane>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const values = line.split('\t');
    const of = (field: Field) => values[FIELDS.indexOf(field)] ?? '';
    if (values.length !== FIELDS.length) return { silence: `it lists a pane that cannot be read: ${line}`, hint: '' };
    // Another server listens on the same path now.
    if (of('pid') !== String(server.innerPid)) {
      return { silence: `${server.socket} belongs to the server ${of('pid')} now`, hint: 'ask again' };
    }
    const listed = listedPane(of, server);
    const first = panes.get(listed.pane.id);
    const again = first && { ...first, alsoAt: [...first.alsoAt, addressOf(of)] };
    panes.set(listed.pane.id, again ?? listed);
  }
  return { panes: [...panes.values()] };
}

function listedPane(of: (field: Field) => string, server: PaneServer): ListedPane {
  const pane: Pane = {
    multiplexer: 'tmux',
    server,
    id: of('pane_id'),
    address: toText(addressOf(of)),
    firstPid: Number(of('pane_pid')) || null,
  };
  const index = /^\/dev\/pts\/(\d+)$/.exec(of('pane_tty'))?.[1];
  const obstacles: readonly (readonly [Field, string])[] = [
    ['pane_in_mode', 'copy mode'],
    ['pane_input_off', 'input off'],
    ['pane_synchronized', 'synchronized panes'],
  ];
  return {
    pane,
    ttyIndex: index === undefined ? null : Number(index),
    title: of('window_name'),
    alsoAt: [],
    dead: of('pane_dead') === '1',
    obstacles: obstacles.flatMap(([field, name]) => (['', '0'].includes(of(field)) ? [] : [name])),
  };
}

function addressOf(of: (field: Field) => string): ByteString {
  return `${of('session_name')}:${of('window_index')}.${of('pane_index')}`;
}
