import { PlumblineError } from '../model/errors.ts';
import { type ConnectionParameters, parseConnectionUrl } from '../registry/postgres/url.ts';

/** Where a `plumb serve` is, as the operator's server reaches it. */
export interface Endpoint {
  /** What the operator calls the machine; it is part of the names of what is made for it. */
  readonly name: string;
  /** Its host id, where it was given; else it is asked. */
  readonly id: string | null;
  /** What libpq is told of the place: `host`, `port`, `sslmode` … */
  readonly connection: ConnectionParameters;
  /** As people write it: `127.0.0.1:5433`, `/run/plumbline`. */
  readonly address: string;
}

const DEFAULT_PORT = 5432;
/** Whoever is let in is decided by the peer, or by a password: the name says who asks. */
export const DEFAULT_USER = 'plumb';
const DEFAULT_DATABASE = 'plumbline';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/**
 * Reads `[NAME=]ADDRESS[,id=HOST_ID]`, where an address is `host:port`, the directory of a socket with or without `:port`
 * behind it, or a URL of Postgres.
 * @throws {PlumblineError} `usage`
 */
export function parseEndpoints(words: readonly string[]): Endpoint[] {
  const endpoints = words.map((word) => parseEndpoint(word, words.length > 1));
  for (const part of ['name', 'id'] as const) {
    const values = endpoints.flatMap((it) => it[part] ?? []);
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice === undefined) continue;
    throw new PlumblineError('usage', `--endpoint: two have the ${part} ${twice}`, {
      hint: 'one endpoint a machine: --endpoint ada=10.0.0.2:5433 --endpoint bob=10.0.0.3:5433',
    });
  }
  return endpoints;
}

function parseEndpoint(word: string, needsName: boolean): Endpoint {
  const [, given, rest = word] = /^([^=/:,@]*)=(.*)$/s.exec(word) ?? [];
  const [, address = '', id] = /^(.*?)(?:,id=(.*))?$/s.exec(rest) ?? [];
  if (given === undefined && needsName) {
    throw wrong(word, 'each of several needs a name', '--endpoint ada=10.0.0.2:5433');
  }
  if (given !== undefined && !NAME.test(given)) {
    throw wrong(word, `${JSON.stringify(given)} is no name`, 'letters, digits, _ . and -, at most 32 of them');
  }
  if (id !== undefined && id.trim() === '') throw wrong(word, 'its id is empty', 'leave ,id= out, and it is asked');
  const connection = connectionOf(word, address);
  return { name: given ?? 'local', id: id ?? null, connection, address: addressOf(connection) };
}

function connectionOf(word: string, address: string): ConnectionParameters {
  const rest = { user: DEFAULT_USER, dbname: DEFAULT_DATABASE };
  if (/^postgres(?:ql)?:\/\//.test(address)) return connectionOfUrl(word, address, rest);
  const [, directory, itsPort] = /^(\/.*?)(?::(\d+))?$/.exec(address) ?? [];
  if (directory !== undefined) {
    return { ...rest, host: directory, port: checkPort(word, itsPort ?? String(DEFAULT_PORT)) };
  }
  const [, inner, outer, port] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d+)$/.exec(address) ?? [];
  const host = inner ?? outer;
  if (host === undefined || port === undefined) {
    throw wrong(word, 'it is no address', '127.0.0.1:5433, the directory of a socket, or postgres://user@host:port');
  }
  return { ...rest, host, port: checkPort(word, port), sslmode: isLoopback(host) ? 'disable' : 'require' };
}

function connectionOfUrl(word: string, url: string, rest: ConnectionParameters): ConnectionParameters {
  const given = parseConnectionUrl(url, {});
  const host = given.hostaddr ?? given.host;
  if (host === undefined) throw wrong(word, 'it names no host', 'postgres://user@host:5433');
  if (given.options !== undefined) throw wrong(word, 'it has options', 'leave them out');
  const isLocal = host.startsWith('/') || isLoopback(host);
  const sslmode = host.startsWith('/') ? {} : { sslmode: isLocal ? 'disable' : 'require' };
  const { passfile: _passfile, application_name: _name, connect_timeout: _seconds, ...kept } = given;
  return { ...rest, ...sslmode, port: String(DEFAULT_PORT), ...kept };
}

function checkPort(word: string, port: string): string {
  const number = Number(port);
  if (number >= 1 && number <= 65535) return String(number);
  throw wrong(word, `${port} is no port`, 'a number up to 65535');
}

/** Whether nothing leaves the machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function addressOf({ hostaddr, host, port }: ConnectionParameters): string {
  const place = hostaddr ?? host ?? '';
  if (place.startsWith('/') && port === String(DEFAULT_PORT)) return place;
  return place.includes(':') ? `[${place}]:${port}` : `${place}:${port}`;
}

/** How plumb itself gets there, to ask what machine it is. */
export function urlOf({ connection }: Endpoint): string {
  const { user = DEFAULT_USER, dbname = DEFAULT_DATABASE, ...rest } = connection;
  const query = Object.entries(rest).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `postgres://${encodeURIComponent(user)}@/${encodeURIComponent(dbname)}?${query.join('&')}`;
}

function wrong(word: string, message: string, hint: string): PlumblineError {
  return new PlumblineError('usage', `--endpoint ${word}: ${message}`, { hint });
}
