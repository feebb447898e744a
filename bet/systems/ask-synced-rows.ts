import type { Answer, PaneName } from '../model.ts';
import type { Ask } from './asker.ts';
import { Connection } from './connection.ts';
import type { ReaderOrder } from './reader-order.ts';

/**
 * plumbline's registry, which `plumb sync --watch` keeps: rows like those of a heartbeat table, that nobody beats into.
 *
 * The best that its users run: the view of live sessions instead of the table, so that rows which nobody keeps right any
 * more are unknown. The row's pane is a word without its server (`SESSION:WINDOW.PANE %ID`): with several servers
 * people call tmux's sessions so that they can be told apart, here after their server.
 */
export function askSyncedRows({ url, host, tmux }: Pick<ReaderOrder, 'url' | 'host' | 'tmux'>): Ask {
  const connection = new Connection(url);
  const text = 'select name, status, freshness, pid, terminal, pane from plumbline.live_sessions';
  return async () => {
    const rows = await connection.query<SyncedRow>({ name: 'read', text });
    return new Map(rows.map((row) => [row.name, answerOf(row, host, tmux.sockets)]));
  };
}

interface SyncedRow {
  readonly name: string;
  readonly status: string;
  readonly freshness: string;
  readonly pid: number | null;
  readonly terminal: string | null;
  readonly pane: string | null;
}

function answerOf(row: SyncedRow, host: string, servers: readonly string[]): Answer {
  const { status, freshness, pid, terminal, pane } = row;
  if (status === 'dead') return { status };
  if (status !== 'alive' || pid === null) return { status: 'unknown', reason: `${status}, ${freshness}` };
  const alive = { status: 'alive', process: { host, pid }, pane: paneOf(pane, servers) } as const;
  // Null where none shows it, and until that is known.
  return terminal !== null && pane === null ? { ...alive, paneUnknown: `${terminal}, no pane yet` } : alive;
}

/** `bet-a:2.0 %3`. */
function paneOf(word: string | null, servers: readonly string[]): PaneName | null {
  if (word === null) return null;
  const [, address = '', id] = /^(.*) (%\d+)$/.exec(word) ?? [];
  const server = servers.find((name) => address.startsWith(name));
  if (server !== undefined && id !== undefined) return { server, id };
  throw new Error(`of which server is the pane ${word}? tmux's sessions are not called after theirs`);
}
