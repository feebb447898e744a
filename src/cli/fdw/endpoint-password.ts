import { type Endpoint, isLoopback } from '../../fdw/endpoint.ts';
import { passwordIn } from '../../registry/postgres/pgpass.ts';

/**
 * The password of an endpoint, from libpq's file; null where it asks for none, as on its own machine, or none is known.
 * @throws {PlumblineError} `registry` for a file that others can read
 */
export function endpointPassword(
  { connection }: Endpoint,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const { host = '', port, user = '', dbname = '' } = connection;
  if (host.startsWith('/') || isLoopback(host)) return null;
  const file = env['PGPASSFILE'] || (env['HOME'] ? `${env['HOME']}/.pgpass` : null);
  if (file === null) return null;
  return passwordIn(file, { host, port: Number(port), database: dbname, user }) || null;
}
