import { execFileSync } from 'node:child_process';

/** The files of a certificate that signs itself. */
export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** The kinds of keys and signatures, as openssl names them. */
const KINDS = {
  rsa: ['-newkey', 'rsa:2048', '-sha256'],
  'rsa with sha384': ['-newkey', 'rsa:2048', '-sha384'],
  ecdsa: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-sha256'],
  ed25519: ['-newkey', 'ed25519'],
} as const;

/**
 * Makes one with openssl, its key readable by its owner alone.
 * @param name the host that it is for, and what the files are called
 */
export function makeCertificate(directory: string, name: string, kind: keyof typeof KINDS = 'rsa'): Certificate {
  const file = `${directory}/${name}`;
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const out = ['-nodes', '-keyout', `${file}.key`, '-out', `${file}.crt`];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...KINDS[kind], ...subject, ...out], { stdio: 'pipe' });
  return { certificateFile: `${file}.crt`, keyFile: `${file}.key` };
}
