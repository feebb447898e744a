import fs from 'node:fs';

/** What a socket of Postgres is called in its directory. */
const SOCKET = '.s.PGSQL.5432';

/** The directories where a `plumb serve` of this machine has its socket, mostly. */
export function usualPlaces(env: Readonly<Record<string, string | undefined>>): string[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  return ['/run/plumbline', ...(runtime ? [`${runtime}/plumbline`] : [])];
}

/** The first of them that has one; null where none has. */
export function localEndpoint(env: Readonly<Record<string, string | undefined>>): string | null {
  return usualPlaces(env).find((directory) => fs.existsSync(`${directory}/${SOCKET}`)) ?? null;
}
