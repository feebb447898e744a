import type { Client, QueryArrayResult } from 'pg';
import { fromDatabase } from '../../registry/database-errors.ts';
import { connectPostgres, endPostgres } from '../../registry/postgres/connect.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { Statement } from '../../sql/statement/statement.ts';
import type { Answered, Answering, SqlResult } from './answer.ts';
import { ASK_COVERAGE, readCoverage } from './coverage.ts';

/** Where to ask. */
export interface ServerToAsk {
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a statement may take. */
  readonly timeoutMs: number;
  /** Told what the server says besides. */
  readonly note: (message: string) => void;
}

/** How much longer a server may take to say that a statement took too long. */
const GRACE_MS = 5000;

/** Values as they were sent. */
const AS_SENT = { getTypeParser: () => (value: string) => value };

/** What begins or ends a transaction by itself. */
const TRANSACTIONS: ReadonlySet<Statement['kind']> = new Set(['begin', 'commit', 'rollback']);

/**
 * Asks a running server: a `plumb serve`, which sees with its own rights.
 * @throws {PlumblineError} `config` for the URL, `registry` where there is no way in
 */
export async function askServer({ url, env, timeoutMs, note }: ServerToAsk): Promise<Answering> {
  const { client, place } = await connectPostgres(url, env, timeoutMs + GRACE_MS);
  client.on('notice', ({ message }) => note(message ?? ''));
  const server = new Server(client, place);
  // Here as well as there: a server that hangs ends nothing.
  await server.ask(`set statement_timeout = ${timeoutMs}; set timezone = 'UTC'`);
  return server;
}

class Server implements Answering {
  readonly #client: Client;
  readonly #place: string;

  constructor(client: Client, place: string) {
    this.#client = client;
    this.#place = place;
  }

  /**
   * What was not seen is asked in the same transaction. Between transactions of the text's own there is no one answer to
   * that, and where no table is read there is nothing to ask.
   */
  async answer(text: string, statements: readonly Statement[]): Promise<Answered> {
    const isOwn = statements.some(({ kind }) => TRANSACTIONS.has(kind));
    if (isOwn || statements.every(({ tables }) => tables.size === 0)) {
      return { results: await this.ask(text), look: null };
    }
    // A comment at its end goes no further than the line; all else that it begins it ends, or it could not be parsed.
    const results = await this.ask(`${text}\n;${ASK_COVERAGE}`);
    const coverage = results.at(-1);
    return { results: results.slice(0, -1), look: coverage === undefined ? null : readCoverage(coverage) };
  }

  async ask(text: string): Promise<SqlResult[]> {
    try {
      const answer: unknown = await this.#client.query({ text, rowMode: 'array', types: AS_SENT });
      // pg gives an array where a text had several statements; its types know one.
      return (Array.isArray(answer) ? answer : [answer]).map(toResult);
    } catch (error) {
      throw toSqlError(error) ?? fromDatabase(error, this.#place);
    }
  }

  close(): Promise<void> {
    return endPostgres(this.#client);
  }
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
