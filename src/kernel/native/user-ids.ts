import { loadKoffi } from './koffi.ts';

/**
 * Loads what finds a user's number by name, wherever this machine keeps its users (files, LDAP, systemd). It may ask over a
 * network: for the start of a program, and for no connection.
 *
 * Source: getpwnam(3)
 * Shape:  null where there is no such user
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadUserIds(): Promise<(name: string) => number | null> {
  const koffi = await loadKoffi();
  // struct passwd begins alike in glibc and musl: two pointers, then the numbers.
  const passwd = koffi.struct({ name: 'const char *', password: 'const char *', uid: 'uint32_t', gid: 'uint32_t' });
  const getpwnam = koffi.load(null).func('getpwnam', koffi.pointer(passwd), ['str']) as (name: string) => unknown;
  return (name) => {
    const found = getpwnam(name);
    if (found === null) return null;
    return (koffi.decode(found, passwd) as { readonly uid: number }).uid;
  };
}
