import { PlumblineError } from '../model/errors.ts';

/** What a SQLSTATE or an errno means for whoever runs plumb, and what to do. */
const MEANINGS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'is the server running, and is this its host and port?'],
  ENOENT: ['there is no such socket', 'is the server running? host= names the directory of its socket'],
  ENOTFOUND: ['no host has that name', 'check the name in the URL'],
  EAI_AGAIN: ['the name server does not answer', 'check the name in the URL, and the network'],
  ETIMEDOUT: ['no answer', 'check the host, the port, and what is between'],
  EHOSTUNREACH: ['there is no way to that host', 'check the host, and the network'],
  EACCES: ['the socket may not be used', 'run as a user who may'],
  '28P01': ['the password is wrong', 'PGPASSFILE or ~/.pgpass holds it; plumb takes none on the command line'],
  '28000': ['the server does not let this user in', 'check the user, the database, sslmode, and pg_hba.conf'],
  '3D000': ['there is no such database', 'create it, or name another in the URL'],
  '42501': [
    'a privilege is missing',
    'plumb sync --init shows the least grants; --init --apply needs the right to create a schema',
  ],
  '42704': ['there is no such role, or type', 'create role …; the rest of what was asked is done'],
  '42P07': [
    'something of that name is there already',
    'is the schema plumbline somebody else’s? plumb sync --uninstall shows its end',
  ],
  '08001': ['a server that it was to ask cannot be reached', 'is that one running, and can this one get there?'],
  '2BP01': ['something of yours depends on it', 'drop that first, or leave all as it is'],
  '22001': ['a value is longer than its column', 'alter table … alter column … type text'],
  '22P05': ['its encoding cannot hold a name', 'keep the rows in a database of UTF8: createdb -E UTF8 -T template0 …'],
  '25006': ['it is read only', 'name the primary server in the URL; or default_transaction_read_only is on there'],
  '53100': ['its disk is full', 'make room; nothing was written'],
  '53300': ['it has no connection left', 'raise max_connections, or end some'],
  '55P03': [
    'a lock could not be had in time',
    'another plumb, or somebody who holds the table: pg_locks and pg_stat_activity tell',
  ],
  '57014': ['it took too long', 'look at what else the server does (pg_stat_activity), and try again'],
  '57P01': ['the server ended the connection', 'try again; what was not finished was rolled back'],
  '57P03': ['the server is starting up or shutting down', 'try again'],
  '42P01': ['a table is missing', 'was it renamed? plumb sync --init shows the SQL of the schema plumbline'],
  '3F000': ['the schema plumbline is missing', 'plumb sync --init shows the SQL that makes it'],
};

/** Errors whose detail says what it is about: what depends on something, and why a foreign server cannot be reached. */
const DETAILED: ReadonlySet<string> = new Set(['2BP01', '08001', '08006']);

/** Words of a driver that stand for a connection that was cut. */
const CUT =
  /Connection terminated|connection error and is not queryable|ECONNRESET|EPIPE|timeout expired|read timeout|terminating connection/;

/**
 * What waiting may mend. By its class: the connection, a transaction's state, resources, locks, operators, the system,
 * and the server's own mistakes; or by the network's errno. Names, rights, values and passwords are a person's to mend.
 */
const TRANSIENT =
  /^(?:08|25|40|53|55|57|58|XX)...$|^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EPIPE)$/;

/**
 * Turns what a driver throws into an error that says what failed, where, and what to do. The driver's own is kept as
 * the cause only where it is small: PGlite's stack holds a line of 25 kB.
 */
export function fromDatabase(error: unknown, place: string): PlumblineError {
  if (error instanceof PlumblineError) return error;
  const { code, message } = readError(error);
  const meaning = code === null ? undefined : MEANINGS[code];
  const said = code === null || message.includes(code) ? message : `${message} (${code})`;
  const isTransient = code === null ? CUT.test(said) : TRANSIENT.test(code);
  if (meaning) {
    return new PlumblineError('registry', `${place}: ${meaning[0]}: ${said}`, {
      hint: meaning[1],
      isTransient,
      sqlState: code,
    });
  }
  if (/client password must be a string/.test(message)) {
    return new PlumblineError('registry', `${place} asks for a password, and there is none`, {
      hint: 'put it into ~/.pgpass (mode 600) or the file that PGPASSFILE names',
    });
  }
  if (CUT.test(said)) {
    return new PlumblineError('registry', `${place}: the connection was cut: ${said}`, {
      hint: 'try again; what was not finished was rolled back',
      isTransient: true,
    });
  }
  return new PlumblineError('registry', `${place}: ${said}`, { isTransient, sqlState: code });
}

function readError(error: unknown): { readonly code: string | null; readonly message: string } {
  if (!(error instanceof Error)) return { code: null, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  // An attempt at several addresses has no message of its own.
  const [first] = 'errors' in error && Array.isArray(error.errors) ? (error.errors as unknown[]) : [];
  const message = error.message || (first instanceof Error ? first.message : code) || 'an error without a message';
  const detail = code !== null && DETAILED.has(code) && 'detail' in error ? error.detail : undefined;
  const whole = typeof detail === 'string' ? `${message}: ${detail.trim().replaceAll('\n', '; ')}` : message;
  return { code, message: whole.slice(0, 500) };
}
