import { DEFAULT_USER, type Endpoint, isLoopback } from '../../fdw/endpoint.ts';
import { passwordIn } from '../../registry/postgres/pgpass.ts';

/**
 * The password of an endpoint, from libpq's file; null where none is known. On the machine itself it goes by who connects,
 * unless a user is named.
 * @throws {PlumblineError} `registry` for a file that others can read
 */
export function endpointPassword(
  { connection }: Endpoint,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const { host = '', port, user = '', dbname = '' } = connection;
  if (user === DEFAULT_USER && (host.startsWith('/') || isLoopback(host))) return null;
  const file = env['PGPASSFILE'] || (env['HOME'] ? `${env['HOME']}/.pgpass` : null);
  if (file === null) return null;
  return passwordIn(file, { host, port: Number(port), database: dbname, user }) || null;
}
