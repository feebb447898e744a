import fs from 'node:fs';

/**
 * The user of the system that a database's server runs as: whoever its socket is of. Null where it is reached by TCP, and
 * where that user has no name.
 * @param place what a connection is called in messages: `database x at /run/postgresql/.s.PGSQL.5432`
 */
export function serverUser(place: string): string | null {
  const [, socket] = / at (\/.*)$/.exec(place) ?? [];
  const owner = socket === undefined ? undefined : fs.statSync(socket, { throwIfNoEntry: false });
  return owner === undefined ? null : (nameOf(owner.uid) ?? String(owner.uid));
}

function nameOf(uid: number): string | null {
  const lines = fs.existsSync('/etc/passwd') ? fs.readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  return lines.map((line) => line.split(':')).find(([, , number]) => number === String(uid))?.[0] ?? null;
}
