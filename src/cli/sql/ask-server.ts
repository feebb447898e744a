import type { QueryArrayResult } from 'pg';
import { fromDatabase } from '../../registry/database-errors.ts';
import { connectPostgres, endPostgres } from '../../registry/postgres/connect.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { Answering, SqlResult } from './answer.ts';

/** Where to ask, and what is told of notices. */
export interface ServerToAsk {
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a statement may take. */
  readonly timeoutMs: number;
  readonly note: (message: string) => void;
}

/** How much longer a server may take to say that a statement took too long. */
const GRACE_MS = 5000;

/** Values as they were sent. */
const AS_SENT = { getTypeParser: () => (value: string) => value };

/**
 * Asks a running server: a `plumb serve`, which sees with its own rights.
 * @throws {PlumblineError} `config` for the URL, `registry` where there is no way in
 */
export async function askServer({ url, env, timeoutMs, note }: ServerToAsk): Promise<Answering> {
  const { client, place } = await connectPostgres(url, env, timeoutMs + GRACE_MS);
  client.on('notice', ({ message }) => note(message ?? ''));
  const ask = async (text: string) => {
    try {
      const answer: unknown = await client.query({ text, rowMode: 'array', types: AS_SENT });
      // pg gives an array where a text had several statements; its types know one.
      return (Array.isArray(answer) ? answer : [answer]).map(toResult);
    } catch (error) {
      throw toSqlError(error) ?? fromDatabase(error, place);
    }
  };
  // Here as well as there: a server that hangs ends nothing.
  await ask(`set statement_timeout = ${timeoutMs}`);
  return { place, ask, close: () => endPostgres(client) };
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
