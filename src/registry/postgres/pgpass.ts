import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';

/** The connection that a password is for, as libpq looks it up. */
export interface PasswordKey {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * Looks a password up in libpq's file. The library that pg uses reads the file that the process's own environment
 * names, whatever the caller said.
 *
 * Source: a file of lines `host:port:database:user:password`, where `*` fits all and `\` keeps a colon
 * @returns an empty password where the file is not there, or knows none: the server then says what it misses
 * @throws {PlumblineError} `registry` for a file that others can read, which libpq ignores, and that cannot be read
 */
export function passwordIn(file: string, key: PasswordKey): string {
  let text: string;
  try {
    const { mode } = fs.statSync(file);
    if ((mode & 0o077) !== 0) {
      throw new PlumblineError('registry', `the server asks for a password, and ${file} may be read by others`, {
        hint: `chmod 600 ${file}`,
      });
    }
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw new PlumblineError('registry', `the server asks for a password, and ${file} cannot be read: ${code}`, {
      hint: 'PGPASSFILE names another',
      cause: error,
    });
  }
  return findPassword(text, key) ?? '';
}

/** The first line that fits; null where none does. */
export function findPassword(text: string, { host, port, database, user }: PasswordKey): string | null {
  const wanted = [host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(/((?:\\.|[^\\:])*)(:|$)/g)].map(([, field = '']) => field.replace(/\\(.)/g, '$1'));
    if (fields.length < 5) continue;
    const fits = wanted.every((value, index) => fields[index] === '*' || fields[index] === value);
    if (fits) return fields[4] ?? null;
  }
  return null;
}
