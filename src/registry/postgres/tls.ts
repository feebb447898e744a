import fs from 'node:fs';
import path from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { PlumblineError } from '../../model/errors.ts';
import type { ConnectionParameters } from './url.ts';

/** One way to try: with TLS and how, or without. */
export type Attempt = ConnectionOptions | false;

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * The ways to connect that a sslmode allows, in libpq's order. pg by itself takes prefer and require for verify-full.
 * A root certificate that is there is used in every mode but disable, as libpq does.
 * @param home the user's home directory, where libpq looks for certificates; null where there is none
 * @throws {PlumblineError} `config` where a mode or a certificate cannot be used
 */
export function tlsAttempts(parameters: ConnectionParameters, home: string | null): readonly Attempt[] {
  const mode = parameters.sslmode ?? 'prefer';
  if (!MODES.includes(mode)) throw wrong(`sslmode=${mode} is no mode`, `one of ${MODES.join(', ')}`);
  if (mode === 'disable') return [false];
  const tls = tlsOptions(parameters, mode, home);
  if (mode === 'prefer') return [tls, false];
  return mode === 'allow' ? [false, tls] : [tls];
}

function tlsOptions(parameters: ConnectionParameters, mode: string, home: string | null): ConnectionOptions {
  const verifies = mode.startsWith('verify');
  const system = parameters.sslrootcert === 'system';
  if (system && mode !== 'verify-full') throw wrong('sslrootcert=system needs sslmode=verify-full', 'set both');
  const ca = system ? null : certificate(parameters.sslrootcert, home, 'root.crt', verifies);
  if (verifies && !ca && !system) {
    throw wrong(
      `sslmode=${mode} needs a root certificate`,
      'sslrootcert=FILE, PGSSLROOTCERT, or ~/.postgresql/root.crt',
    );
  }
  const cert = certificate(parameters.sslcert, home, 'postgresql.crt', parameters.sslcert !== undefined);
  const key = cert && certificate(parameters.sslkey, home, 'postgresql.key', true);
  return {
    ...(ca && { ca }),
    ...(cert && key && { cert, key }),
    rejectUnauthorized: ca !== null || system,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

/** A certificate's bytes; null where none is named and libpq's own place is empty. */
function certificate(named: string | undefined, home: string | null, file: string, isNeeded: boolean): Buffer | null {
  const place = named ?? (home === null ? null : path.join(home, '.postgresql', file));
  if (place === null) return null;
  try {
    return fs.readFileSync(place);
  } catch (error) {
    if (!isNeeded && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw wrong(`${place} cannot be read: ${(error as NodeJS.ErrnoException).code}`, 'name another, or leave it out');
  }
}

function wrong(message: string, hint: string): PlumblineError {
  return new PlumblineError('config', `the database's TLS: ${message}`, { hint });
}
