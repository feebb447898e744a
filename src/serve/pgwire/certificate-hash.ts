/** What signatures are made over, by the object identifier of their algorithm, in hex. */
const HASHES: Readonly<Record<string, string>> = {
  // MD5 and SHA-1 with RSA, SHA-1 with ECDSA: RFC 5929 wants SHA-256 in their place.
  '2a864886f70d010104': 'sha256',
  '2a864886f70d010105': 'sha256',
  '2a8648ce3d0401': 'sha256',
  // SHA-224, 256, 384 and 512 with RSA.
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  // The same with ECDSA.
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};

/**
 * With which hash a certificate is told for `tls-server-end-point` (RFC 5929): that of its signature. Node does not tell it.
 * @param der Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER … }, … }
 * @returns null where its signature has none of its own, as Ed25519 and RSA-PSS
 */
export function endPointHash(der: Uint8Array): string | null {
  const certificate = element(der, 0);
  const toBeSigned = element(der, certificate.start);
  const algorithm = element(der, toBeSigned.end);
  const identifier = element(der, algorithm.start);
  return HASHES[Buffer.from(der.subarray(identifier.start, identifier.end)).toString('hex')] ?? null;
}

/** Where the content of a DER element begins and ends. */
function element(der: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  const length = der.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return { start: at + 2 + count, end: at + 2 + count + length };
}
