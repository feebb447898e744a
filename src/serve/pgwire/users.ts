import { createHmac, randomBytes } from 'node:crypto';
import { PlumblineError } from '../../model/errors.ts';
import {
  ITERATIONS,
  KEY_BYTES,
  makeVerifier,
  parseVerifier,
  SALT_BYTES,
  type ScramVerifier,
} from './scram-verifier.ts';
import { readSecretFile } from './secret-file.ts';

/** A name and what stands behind it, each in quotes that are doubled inside. */
const LINE = /^\s*"((?:[^"]|"")*)"\s+"((?:[^"]|"")*)"/;

/**
 * Reads who may log in: lines of `"name" "SCRAM-SHA-256$…"` as PgBouncer's userlist.txt has them. Lines that begin with `;` or
 * `#` say nothing.
 * @throws {PlumblineError} `config` where it cannot be read, others can read it, or a line is wrong
 */
export function readUsersFile(file: string): ReadonlyMap<string, ScramVerifier> {
  const found = new Map<string, ScramVerifier>();
  const text = readSecretFile(file, 'the file of users').toString();
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:[;#].*)?$/.test(line)) continue;
    const wrong = (what: string, hint: string) =>
      new PlumblineError('config', `${file} line ${index + 1}: ${what}`, { hint });
    const [, name, verifier] = LINE.exec(line)?.map((it) => it.replaceAll('""', '"')) ?? [];
    if (name === undefined || verifier === undefined) throw wrong('this is no user', 'write "name" "SCRAM-SHA-256$…"');
    const parsed = parseVerifier(verifier);
    // The value is a secret, and may be a password in clear: it is not shown.
    if (parsed === null)
      throw wrong(`the secret of ${name} is no SCRAM verifier`, 'copy it from pg_authid, or make one of a password');
    if (found.has(name)) throw wrong(`${name} stands there twice`, 'leave one of them');
    found.set(name, parsed);
  }
  return found;
}

/** The line of a user with this password. */
export async function userLine(name: string, password: string): Promise<string> {
  if (/[\0\n]/.test(name) || name === '') {
    throw new PlumblineError('usage', 'this can be no name of a user', { hint: 'a name without line breaks' });
  }
  return `"${name.replaceAll('"', '""')}" "${await makeVerifier(password)}"`;
}

/** What a user is told who is not there: the same each time, as a salt would be. No password is right for it. */
export class MadeUpVerifiers {
  readonly #secret = randomBytes(KEY_BYTES);

  of(name: string): ScramVerifier {
    const salt = createHmac('sha256', this.#secret).update(name).digest().subarray(0, SALT_BYTES);
    return { iterations: ITERATIONS, salt, storedKey: randomBytes(KEY_BYTES), serverKey: randomBytes(KEY_BYTES) };
  }
}

/**
 * The same for the start of a server: what is wrong is told then, and not at the first login.
 * @throws {PlumblineError} `config`, also where nobody stands in it
 */
export function checkUsersFile(file: string): void {
  if (readUsersFile(file).size > 0) return;
  throw new PlumblineError('config', `${file} names no user`, {
    hint: 'write a line for each: "name" "SCRAM-SHA-256$…"',
  });
}
