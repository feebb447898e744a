import { createHash, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import tls from 'node:tls';
import { PlumblineError } from '../../model/errors.ts';
import { endPointHash } from './certificate-hash.ts';
import { readSecretFile } from './secret-file.ts';

/** What a TLS connection is made with. */
export interface TlsIdentity {
  readonly context: tls.SecureContext;
  /** What ties a login to this certificate (`tls-server-end-point`); null where RFC 5929 knows none for it. */
  readonly endPoint: Uint8Array | null;
}

/**
 * Reads a certificate and its key.
 * @throws {PlumblineError} `config` where one of them cannot be used
 */
export function loadTls(files: { readonly certificateFile: string; readonly keyFile: string }): TlsIdentity {
  const key = readSecretFile(files.keyFile, 'the key');
  try {
    const cert = fs.readFileSync(files.certificateFile);
    const context = tls.createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    // Of a chain, the first is our own.
    const { raw } = new X509Certificate(cert);
    const hash = endPointHash(raw);
    return { context, endPoint: hash === null ? null : createHash(hash).update(raw).digest() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PlumblineError('config', `${files.certificateFile} and ${files.keyFile} cannot be used for TLS: ${why}`, {
      hint: 'a certificate in PEM, whatever has signed it behind it, and its key without a password',
      cause: error,
    });
  }
}
