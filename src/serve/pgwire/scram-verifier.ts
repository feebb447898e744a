import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { prepared } from './saslprep.ts';

/** What a server keeps of a password: enough to check it, and not enough to log in with. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Bytes of SHA-256. */
export const KEY_BYTES = 32;
/** What Postgres takes by default, RFC 7677 too. */
export const ITERATIONS = 4096;
/** As many as Postgres makes. */
export const SALT_BYTES = 16;

const BASE64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?';
const FORM = new RegExp(`^SCRAM-SHA-256\\$([1-9]\\d{0,8}):(${BASE64})\\$(${BASE64}):(${BASE64})$`);

/** Reads one as Postgres writes it in `pg_authid`: `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey`; null where it is none. */
export function parseVerifier(text: string): ScramVerifier | null {
  const found = FORM.exec(text);
  if (found === null) return null;
  const [salt, storedKey, serverKey] = found.slice(2).map((it) => Buffer.from(it, 'base64')) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  if (salt.length === 0 || storedKey.length !== KEY_BYTES || serverKey.length !== KEY_BYTES) return null;
  return { iterations: Number(found[1]), salt, storedKey, serverKey };
}

/** Makes one of a password, as `\password` of psql does. */
export async function makeVerifier(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const salted = await promisify(pbkdf2)(prepared(password), salt, ITERATIONS, KEY_BYTES, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** HMAC-SHA-256. */
export function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
