import net from 'node:net';
import { PlumblineError } from '../../model/errors.ts';

/** Where to listen. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly directory: string; readonly port: number }
  | { readonly kind: 'loopback' | 'network'; readonly host: string; readonly port: number };

/** In the name of a socket, as libpq looks for it when it is told the directory alone. */
const DEFAULT_PORT = 5432;
/** What sun_path holds, with the 0 at its end. */
const LONGEST_PATH = 107;
const HINT = '127.0.0.1:5433, [::1]:5433, or the directory of a socket: /run/plumbline';

/**
 * Understands one. `localhost` is both of its addresses.
 * @throws {PlumblineError} `config`
 */
export function parseAddress(text: string): readonly ListenAddress[] {
  if (text.startsWith('@')) throw wrong(text, 'an abstract socket has no mode that could keep others out');
  if (text.startsWith('/')) return [unixAddress(text)];
  const [, inBrackets, bare, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? bare;
  const port = Number(digits);
  if (host === undefined || port > 0xffff) throw wrong(text, 'it is neither HOST:PORT nor a directory');
  if (host === 'localhost') return ['127.0.0.1', '::1'].map((it) => ({ kind: 'loopback', host: it, port }));
  if ((inBrackets === undefined ? net.isIPv4(host) : net.isIPv6(host)) === false) {
    throw wrong(text, 'its host is no address: names mean other addresses tomorrow');
  }
  return [{ kind: isLoopback(host) ? 'loopback' : 'network', host, port }];
}

/** As `addresses` of the options has it. */
export function addressText(address: ListenAddress): string {
  if (address.kind !== 'unix')
    return `${net.isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`;
  return address.port === DEFAULT_PORT ? address.directory : `${address.directory}:${address.port}`;
}

/** The file of a socket, where libpq looks for it. */
export function socketPath({ directory, port }: { readonly directory: string; readonly port: number }): string {
  return `${directory === '/' ? '' : directory}/.s.PGSQL.${port}`;
}

function unixAddress(text: string): ListenAddress {
  const [, named = text, digits = String(DEFAULT_PORT)] = /^(.*):(\d{1,5})$/s.exec(text) ?? [];
  const directory = named.replace(/(?<=.)\/+$/, '');
  const port = Number(digits);
  if (port === 0 || port > 0xffff) throw wrong(text, 'the port in the name of a socket is from 1 to 65535');
  const path = socketPath({ directory, port });
  if (path.includes('\0')) throw wrong(text, 'no path can hold a NUL byte');
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH)
    throw wrong(text, `${path} has ${length} bytes, and a socket's path at most ${LONGEST_PATH}`);
  return { kind: 'unix', directory, port };
}

function isLoopback(host: string): boolean {
  const loopback = new net.BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  // `::ffff:127.0.0.1` too.
  return loopback.check(host, net.isIPv6(host) ? 'ipv6' : 'ipv4');
}

function wrong(text: string, why: string): PlumblineError {
  return new PlumblineError('config', `cannot listen at ${JSON.stringify(text)}: ${why}`, { hint: HINT });
}
