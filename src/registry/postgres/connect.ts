import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Client, ClientConfig } from 'pg';
import { PlumblineError } from '../../model/errors.ts';
import { fromDatabase } from '../database-errors.ts';
import { passwordIn } from './pgpass.ts';
import { type Attempt, tlsAttempts } from './tls.ts';
import { type ConnectionParameters, parseConnectionUrl } from './url.ts';

/** Where libpq looks for a socket: Debian's place, and the source's. */
const SOCKET_DIRECTORIES = ['/var/run/postgresql', '/run/postgresql', '/tmp'];
const DEFAULT_PORT = 5432;
const CONNECT_TIMEOUT_S = 10;
/** Longer than the server's own statement_timeout, which tells more. */
const QUERY_TIMEOUT_MS = 75_000;
/** After how long without a word the kernel asks whether the server is still there. */
const KEEP_ALIVE_MS = 10_000;

/** How long a connection may take to end before it is cut. */
const END_TIMEOUT_MS = 2000;

/** A connection that is open, and what to call it in messages. */
export interface Connected {
  readonly client: Client;
  readonly place: string;
}

/**
 * Connects to a server, with libpq's URLs, environment, sockets, TLS modes and password file.
 * @param answerWithinMs how long a statement may take before the server counts as gone; null: the usual 75 s
 * @throws {PlumblineError} `config` for the URL, `registry` where there is no way in
 */
export async function connectPostgres(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  answerWithinMs: number | null = null,
): Promise<Connected> {
  const parameters = parseConnectionUrl(url, env);
  const target = targetOf(parameters);
  const { default: pg } = await import('pg');
  const attempts = target.host.startsWith('/') ? [false as const] : tlsAttempts(parameters, homeOf(env));
  const client = await connect(
    (ssl) =>
      new pg.Client({
        ...configOf(target, parameters, homeOf(env)),
        ...(answerWithinMs !== null && { query_timeout: answerWithinMs }),
        ssl,
      }),
    attempts,
    target.place,
  );
  return { client, place: target.place };
}

/** Ends a connection. One that was cut has nothing left to end, and one that hangs never ends by itself. */
export async function endPostgres(client: Client): Promise<void> {
  const cut = setTimeout(() => streamOf(client)?.destroy(), END_TIMEOUT_MS);
  await client.end().catch(() => {});
  clearTimeout(cut);
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** For messages; without any password. */
  readonly place: string;
}

/** What libpq would connect to: pg by itself has other defaults. */
function targetOf(parameters: ConnectionParameters): Target {
  const port = Number(parameters.port ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new PlumblineError('config', `the database URL: ${parameters.port} is no port`, {
      hint: 'a number up to 65535',
    });
  }
  const isThere = (directory: string) => fs.existsSync(`${directory}/.s.PGSQL.${port}`);
  const socket = SOCKET_DIRECTORIES.find(isThere) ?? '/var/run/postgresql';
  const host = parameters.hostaddr ?? parameters.host ?? socket;
  const user = parameters.user ?? ownName();
  const database = parameters.dbname ?? user;
  const at = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`;
  return { host, port, user, database, place: `database ${database} at ${at}` };
}

/** libpq takes the name of the user that it runs as. */
function ownName(): string {
  try {
    return os.userInfo().username;
  } catch (error) {
    throw new PlumblineError('config', 'the database URL: it names no user, and the one that runs plumb has no name', {
      hint: 'postgres://user@host/database, or PGUSER',
      cause: error,
    });
  }
}

function configOf(target: Target, parameters: ConnectionParameters, home: string | null): ClientConfig {
  const { host, port, user, database } = target;
  const seconds = Number(parameters.connect_timeout ?? CONNECT_TIMEOUT_S);
  return {
    host,
    port,
    user,
    database,
    application_name: parameters.application_name ?? 'plumbline',
    // As libpq does. A server that is there and answers nothing is not waited for for ever.
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: (Number.isFinite(seconds) && seconds > 0 ? seconds : 0) * 1000,
    ...(parameters.options !== undefined && { options: parameters.options }),
    password: parameters.password ?? (() => passwordFromFile(target, parameters, home)),
  };
}

/**
 * The password from libpq's file. pg would read the one that the process's own environment names, and say on stderr
 * that it will not any more. A socket's default place is localhost there.
 */
async function passwordFromFile(
  { host, port, user, database }: Target,
  { host: asked = host, passfile }: ConnectionParameters,
  home: string | null,
): Promise<string> {
  const file = passfile ?? (home === null ? null : path.join(home, '.pgpass'));
  if (file === null) return '';
  const name = SOCKET_DIRECTORIES.includes(host) ? 'localhost' : asked;
  return passwordIn(file, { host: name, port, user, database });
}

/**
 * Tries each way; the next one only where the server refused this kind of connection, never after a wrong password.
 * The last one's error is the one to mend; what was tried before it is told as well.
 */
async function connect(make: (ssl: Attempt) => Client, attempts: readonly Attempt[], place: string): Promise<Client> {
  const refused: string[] = [];
  for (const [index, attempt] of attempts.entries()) {
    const client = make(attempt);
    // Without a listener a connection that is cut while nobody asks would end the program.
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      client.end().catch(() => {});
      if (index === attempts.length - 1 || !refusesThisWay(error))
        throw fromDatabase(error, whereTried(place, refused));
      refused.push(`${attempt ? 'with' : 'without'} TLS: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error('no way to connect was tried');
}

function whereTried(place: string, refused: readonly string[]): string {
  return refused.length === 0 ? place : `${place} (${refused.join('; ')})`;
}

function refusesThisWay(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const isTls = /^(?:ERR_SSL|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|EPROTO)/.test(code);
  return code === '28000' || isTls || /does not support SSL|establishing an SSL/.test(message);
}

function homeOf(env: Readonly<Record<string, string | undefined>>): string | null {
  return env['HOME'] || null;
}

/** pg shows the socket of a connection in its interface only since it is a plain field. */
function streamOf(client: Client): { destroy(): void } | null {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  return connection?.stream ?? null;
}
