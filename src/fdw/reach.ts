import { PlumblineError } from '../model/errors.ts';
import type { Endpoint } from './endpoint.ts';

/** What the operator's server was told, and what to do: it is the server that connects, and not plumb. */
const MEANINGS: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    /Connection refused|No such file or directory/,
    'is plumb serve --pg running there, and is this its address as the database server reaches it?',
  ],
  [
    /timeout expired|timed out|No route|unreachable/,
    'nothing answers there: check the address, and what is between; with ,id=HOST_ID behind the address it is installed all the same',
  ],
  [
    /password is required|does not request a password/,
    'the endpoint goes by who connects, and only a superuser may let others in by that: install as one, or serve it with --tls-cert, --users and a password',
  ],
  [
    /password authentication failed|no password supplied/,
    'PGPASSFILE or ~/.pgpass holds the password of the endpoint: host:port:database:user:password',
  ],
  [
    /certificate|SSL/i,
    "sslmode=verify-full and sslrootcert=FILE, a file of the database server's: --endpoint NAME=postgres://user@host:5433/plumbline?sslmode=…",
  ],
  [
    /Permission denied/,
    "plumb serve --allow-user lets the database server's user in; it must be able to enter the directory too",
  ],
  [/FATAL/, "it lets the database server's user in with plumb serve --allow-user postgres"],
  [/relation .* does not exist/, 'it is no plumb serve of this version'],
];

/** An endpoint that the operator's server could not ask, as an error that says why and what to do. */
export function unreachable(error: unknown, { name, address }: Pick<Endpoint, 'name' | 'address'>): unknown {
  // A connection that failed, and one that is not allowed without a password; else it is about something that was asked.
  if (!(error instanceof PlumblineError) || !/^(?:08|28|2F|42P01)/.test(error.sqlState ?? '')) return error;
  const hint = MEANINGS.find(([said]) => said.test(error.message))?.[1] ?? error.hint;
  return new PlumblineError('registry', `${name} (${address}) cannot be asked from there: ${error.message}`, {
    hint,
    cause: error,
    isTransient: error.isTransient,
    sqlState: error.sqlState,
  });
}
