import { loadKoffi } from './koffi.ts';

/** Groups by name and by number. */
export interface Groups {
  /** Null where there is no such group. */
  idOf(name: string): number | null;
  nameOf(id: number): string | null;
}

/**
 * Loads what knows the groups, wherever this machine keeps them (files, LDAP, systemd).
 *
 * Source: getgrnam(3), getgrgid(3)
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadGroups(): Promise<Groups> {
  const koffi = await loadKoffi();
  // struct group begins alike in glibc and musl: two pointers, then the number.
  const group = koffi.struct({ name: 'const char *', password: 'const char *', gid: 'uint32_t' });
  const libc = koffi.load(null);
  const byName = libc.func('getgrnam', koffi.pointer(group), ['str']) as (name: string) => unknown;
  const byId = libc.func('getgrgid', koffi.pointer(group), ['uint32_t']) as (id: number) => unknown;
  return {
    idOf: (name) => {
      const found = byName(name);
      return found === null ? null : (koffi.decode(found, group) as { readonly gid: number }).gid;
    },
    nameOf: (id) => {
      const found = byId(id);
      return found === null ? null : (koffi.decode(found, group) as { readonly name: string }).name;
    },
  };
}
