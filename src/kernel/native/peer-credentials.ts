import { getSystemErrorName } from 'node:util';
import { missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { loadKoffi } from './koffi.ts';

/** Who had the other end of a connection when it was made. */
export interface PeerCredentials {
  readonly pid: number;
  /** As our user namespace has it: the overflow uid where it has none for it. */
  readonly uid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid. */
const UCRED_BYTES = 12;

/**
 * Loads the call that tells who has connected to a unix socket.
 *
 * Source: SO_PEERCRED of struct ucred, unix(7)
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadPeerCredentials(): Promise<(fd: number) => Outcome<PeerCredentials>> {
  const koffi = await loadKoffi();
  const getsockopt = koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)') as (
    ...given: readonly (number | Uint8Array | number[])[]
  ) => number;
  return (fd) => {
    const words = new Uint32Array(UCRED_BYTES / 4);
    const length = [UCRED_BYTES];
    const result = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, new Uint8Array(words.buffer), length);
    if (result !== 0) return missingFromErrno(getSystemErrorName(-koffi.errno()));
    const [pid = 0, uid = 0] = words;
    // A socket that is none of a connection is told of as user -1; one from outside of our pid namespace has pid 0.
    if (length[0] !== UCRED_BYTES || uid === 0xffffffff) return { kind: 'unsupported', errno: 'ENOTCONN' };
    return value({ pid, uid });
  };
}
