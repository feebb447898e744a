import { PlumblineError } from '../../model/errors.ts';

/** What libpq calls the parts of a connection. */
export type ConnectionParameters = Readonly<Partial<Record<ParameterName, string>>>;

type ParameterName = (typeof PARAMETERS)[number];

const PARAMETERS = [
  'host',
  'hostaddr',
  'port',
  'dbname',
  'user',
  'password',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'passfile',
  'connect_timeout',
  'application_name',
  'options',
  'service',
] as const;

/** The environment's words for them; the URL stands over these. */
const ENVIRONMENT: Readonly<Partial<Record<ParameterName, string>>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  passfile: 'PGPASSFILE',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
  service: 'PGSERVICE',
};

/**
 * What libpq knows besides, and with which values nothing is lost by leaving it out. Other values would promise what
 * is not kept.
 */
const IGNORED: Readonly<Record<string, RegExp>> = {
  channel_binding: /^(?:disable|prefer)$/,
  gssencmode: /^(?:disable|prefer)$/,
  target_session_attrs: /^any$/,
  keepalives: /^1$/,
  keepalives_idle: /^\d+$/,
  keepalives_interval: /^\d+$/,
  keepalives_count: /^\d+$/,
  tcp_user_timeout: /^\d+$/,
  client_encoding: /^(?:utf-?8|auto)$/i,
  fallback_application_name: /^/,
  sslnegotiation: /^postgres$/,
  sslcompression: /^0$/,
};

/** @throws {PlumblineError} `config` for a value that cannot be left out */
function isIgnored(key: string, value: string): boolean {
  const harmless = IGNORED[key];
  if (!harmless) return false;
  if (harmless.test(value)) return true;
  throw wrong(
    `plumb cannot keep ${key}=${/^[\w-]*$/.test(value) ? value : '…'}`,
    'leave it out, and see docs/registry.md',
  );
}

/** Scheme, userinfo, host and port, database, query. */
const URL_SHAPE = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const HOST_SHAPE = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/;

/**
 * Reads a connection URL as libpq does, with the environment behind it. Written by hand, since the URL of the web
 * knows no `postgres:///db?host=/run/postgresql` with a user in it.
 * @throws {PlumblineError} `config` where it is none; its text is not repeated, since it may hold a password
 */
export function parseConnectionUrl(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): ConnectionParameters {
  const parts = URL_SHAPE.exec(url);
  if (!parts)
    throw wrong(
      'it is not of the form postgres://user@host:port/database',
      'a socket: postgres:///db?host=/run/postgresql',
    );
  const [, userinfo = '', authority = '', database = '', query = ''] = parts;
  const [user, password] = splitOnce(userinfo, ':');
  const [, host = '', port = ''] = HOST_SHAPE.exec(authority) ?? [];
  if (authority !== '' && host === '' && port === '')
    throw wrong('its host cannot be read', 'one host, and :port behind it');
  if (database.includes('@') || query.includes('@')) {
    throw wrong('it has an @ behind the host', 'in a user name or password / ? # @ : are written %2F %3F %23 %40 %3A');
  }
  const given: Partial<Record<ParameterName, string>> = {};
  const set = (name: ParameterName, text: string) => {
    if (text !== '') given[name] = decode(text);
  };
  set('user', user);
  set('password', password);
  set('host', host.replace(/^\[(.*)\]$/, '$1'));
  set('port', port);
  set('dbname', database);
  for (const pair of query.split('&').filter((it) => it !== '')) {
    const [key, value] = splitOnce(pair, '=');
    if (!isIgnored(decode(key), decode(value))) set(parameterName(decode(key)), value);
  }
  for (const name of PARAMETERS) {
    const variable = ENVIRONMENT[name];
    const inherited = variable === undefined ? undefined : env[variable];
    if (given[name] === undefined && inherited) given[name] = inherited;
  }
  if (given.service !== undefined) throw wrong('it names a service', 'write host, port and database out');
  if ((given.hostaddr ?? given.host ?? '').includes(','))
    throw wrong('it names several hosts', 'name the primary alone');
  return given;
}

function parameterName(key: string): ParameterName {
  const name = PARAMETERS.find((it) => it === key);
  if (name) return name;
  const what = /^[a-z_]+$/.test(key)
    ? `a parameter ${key}, which plumb does not know`
    : 'something that is no parameter';
  throw wrong(`it has ${what}`, `known: ${[...PARAMETERS, ...Object.keys(IGNORED)].join(', ')}`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw wrong('it holds a % that encodes nothing', 'a % itself is written %25', error);
  }
}

function wrong(message: string, hint: string, cause?: unknown): PlumblineError {
  return new PlumblineError('config', `the database URL: ${message}`, { hint, cause });
}
