import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';

/** What a socket of Postgres is called in its directory. */
const SOCKET = '.s.PGSQL.5432';

/**
 * Where a `plumb serve` of this machine listens, of the places that are usual.
 * @throws {PlumblineError} `usage` where none does
 */
export function localEndpoint(env: Readonly<Record<string, string | undefined>>): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  const places = ['/run/plumbline', ...(runtime ? [`${runtime}/plumbline`] : [])];
  const found = places.find((directory) => fs.existsSync(`${directory}/${SOCKET}`));
  if (found !== undefined) return found;
  throw new PlumblineError('usage', `no plumb serve has its socket in ${places.join(' or ')}`, {
    hint: 'plumb serve --pg /run/plumbline starts one; --endpoint says where another one is',
  });
}
