import { getSystemErrorName } from 'node:util';
import { missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { loadKoffi } from './koffi.ts';

/** What is to be mounted. */
interface MountOrder {
  /** What stands for it in mount tables. */
  readonly source: string;
  readonly target: string;
  readonly fsType: string;
  /** MS_NOSUID … of mount(2). */
  readonly flags: number;
  /** Options of the file system: `mode=0700`. */
  readonly options: string;
}

/** mount(2) and umount2(2). */
export interface MountCalls {
  mount(order: MountOrder): Outcome<null>;
  /** Takes it out of all paths; it ends when the last one who has something in it open lets go. Follows no link. */
  detach(target: string): Outcome<null>;
}

/** Nothing on it is a program to run, a device, or changes who one is. */
export const NOTHING_SPECIAL = 2 | 4 | 8;

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

/**
 * Loads them.
 *
 * Source: mount(2), umount2(2)
 * Needs:  koffi; CAP_SYS_ADMIN to use them
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadMountCalls(): Promise<MountCalls> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const mount = libc.func(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)',
  ) as (source: string, target: string, type: string, flags: number, options: string) => number;
  const umount = libc.func('int umount2(const char *target, int flags)') as (target: string, flags: number) => number;
  const done = (result: number): Outcome<null> => {
    return result < 0 ? missingFromErrno(getSystemErrorName(-koffi.errno())) : value(null);
  };
  return {
    mount: ({ source, target, fsType, flags, options }) => done(mount(source, target, fsType, flags, options)),
    detach: (target) => done(umount(target, MNT_DETACH | UMOUNT_NOFOLLOW)),
  };
}
