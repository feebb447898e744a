import type { Ask } from './asker.ts';
import { Connection } from './connection.ts';
import type { ReaderOrder } from './reader-order.ts';
import { answerOfHome, type SeenHome } from './seen-rows.ts';

/**
 * plumbline's live SQL: the endpoint itself (`plumb serve`), or the same tables inside one's own Postgres (`plumb fdw`).
 *
 * The best that its users run: one statement, of which all is read from one look; `homes` first, since a home without a
 * session is told there, and whether that is proven. A kept connection; only the columns that are used, so that nothing
 * else is asked of the kernel.
 * @param schema where the tables are: empty at the endpoint
 */
export function askLiveTables({ url, host }: Pick<ReaderOrder, 'url' | 'host'>, schema: string): Ask {
  const connection = new Connection(url);
  const text = `select h.name, h.verdict, h.reason, s.pid, s.pane, s.pane_socket, s.pane_known, s.no_pane_because
    from ${schema}homes h left join ${schema}sessions s on s.name = h.name`;
  return async () => {
    const rows = await connection.query<LiveRow>({ name: 'read', text });
    return new Map(
      rows.map((row) => {
        const { name, verdict, reason, pid } = row;
        const home = { name, verdict, reason, pid: pid === null ? null : Number(pid), pane: paneOf(row) };
        return [name, answerOfHome(home, host)];
      }),
    );
  };
}

function paneOf({ pane, pane_socket, pane_known, no_pane_because }: LiveRow): SeenHome['pane'] {
  if (pane !== null && pane_socket !== null) return { socket: pane_socket, id: pane };
  return pane_known === false ? { unknown: no_pane_because ?? '' } : null;
}

/** A bigint is a text to the driver. */
interface LiveRow {
  readonly name: string;
  readonly verdict: string;
  readonly reason: string;
  readonly pid: string | null;
  readonly pane: string | null;
  readonly pane_socket: string | null;
  readonly pane_known: boolean | null;
  readonly no_pane_because: string | null;
}
