import type { QueryArrayResult } from 'pg';
import { fromDatabase } from '../../registry/database-errors.ts';
import { connectPostgres, endPostgres } from '../../registry/postgres/connect.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { Answering, SqlResult } from './answer.ts';

/** Where to ask, and what is told of notices. */
export interface ServerToAsk {
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly note: (message: string) => void;
}

/** Values as they were sent. */
const AS_SENT = { getTypeParser: () => (value: string) => value };

/**
 * Asks a running server: a `plumb serve`, which sees with its own rights.
 * @throws {PlumblineError} `config` for the URL, `registry` where there is no way in
 */
export async function askServer({ url, env, note }: ServerToAsk): Promise<Answering> {
  // How long a statement may take is told by `statement_timeout`, which ends it there as well.
  const { client, place } = await connectPostgres(url, env, 0);
  client.on('notice', ({ message }) => note(message ?? ''));
  return {
    place,
    ask: async (text) => {
      try {
        const answer: unknown = await client.query({ text, rowMode: 'array', types: AS_SENT });
        // pg gives an array where a text had several statements; its types know one.
        return (Array.isArray(answer) ? answer : [answer]).map(toResult);
      } catch (error) {
        throw toSqlError(error) ?? fromDatabase(error, place);
      }
    },
    close: () => endPostgres(client),
  };
}

function toResult({ fields, rows, command, rowCount }: QueryArrayResult<(string | null)[]>): SqlResult {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID }));
  return { columns, rows, tag: rowCount === null ? command : `${command} ${rowCount}` };
}

/** What the server says against a statement; null where it is about the connection. */
function toSqlError(error: unknown): SqlError | null {
  if (!(error instanceof Error)) return null;
  const { code, severity, detail, hint, position } = error as Error & Readonly<Record<string, string | undefined>>;
  if (code === undefined || severity === undefined || severity === 'FATAL') return null;
  return new SqlError(code, error.message, {
    detail: detail ?? '',
    hint: hint ?? '',
    ...(position !== undefined && { position: Number(position) }),
  });
}
