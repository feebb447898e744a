import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tlsAttempts } from './tls.ts';

let home: string;
let root: string;
beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-tls-'));
  root = path.join(home, 'ca.crt');
  fs.writeFileSync(root, 'a certificate');
});
afterAll(() => fs.rmSync(home, { recursive: true }));

describe('tlsAttempts()', () => {
  it.each([
    ['disable', [false]],
    ['allow', [false, 'tls']],
    ['prefer', ['tls', false]],
    ['require', ['tls']],
  ])('sslmode=%s tries %j, and verifies nothing without a root certificate', (sslmode, ways) => {
    const attempts = tlsAttempts({ sslmode }, home);
    expect(attempts.map((it) => (it === false ? it : 'tls'))).toEqual(ways);
    for (const it of attempts) if (it !== false) expect(it.rejectUnauthorized).toBe(false);
  });

  it('prefers TLS where nothing is said', () => {
    expect(tlsAttempts({}, null)).toHaveLength(2);
  });

  it('verifies against a root certificate in every mode, and the host only where that is asked for', () => {
    for (const sslmode of ['require', 'verify-ca', 'verify-full']) {
      const [tls] = tlsAttempts({ sslmode, sslrootcert: root }, home);
      expect(tls).toMatchObject({ rejectUnauthorized: true, ca: Buffer.from('a certificate') });
      expect(tls !== undefined && tls !== false && 'checkServerIdentity' in tls).toBe(sslmode !== 'verify-full');
    }
  });

  it('finds the root certificate where libpq does', () => {
    fs.mkdirSync(path.join(home, '.postgresql'), { recursive: true });
    fs.copyFileSync(root, path.join(home, '.postgresql/root.crt'));
    expect(tlsAttempts({ sslmode: 'verify-full' }, home)).toMatchObject([{ rejectUnauthorized: true }]);
    fs.rmSync(path.join(home, '.postgresql'), { recursive: true });
  });

  it.each([
    [{ sslmode: 'verify-full' }, 'needs a root certificate'],
    [{ sslmode: 'verify-ca', sslrootcert: '/nowhere/root.crt' }, '/nowhere/root.crt cannot be read: ENOENT'],
    [{ sslmode: 'required' }, 'sslmode=required is no mode'],
    [{ sslmode: 'require', sslrootcert: 'system' }, 'needs sslmode=verify-full'],
  ])('refuses %j', (parameters, message) => {
    expect(() => tlsAttempts(parameters, home)).toThrow(message);
  });
});
