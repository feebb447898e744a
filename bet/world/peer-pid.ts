import type net from 'node:net';
import koffi from 'koffi';

/** Whose process has connected, in our pid namespace: the kernel says it, whatever that process calls itself. */
export type PeerPid = (socket: net.Socket) => number;

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid. */
const UCRED_BYTES = 12;

/** SO_PEERCRED, unix(7); asked of the system itself and not of plumbline, which is what is tried here. */
export function loadPeerPid(): PeerPid {
  const getsockopt = koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)') as (
    ...given: readonly (number | Uint8Array | number[])[]
  ) => number;
  return (socket) => {
    const words = new Uint32Array(UCRED_BYTES / 4);
    const result = getsockopt(descriptorOf(socket), SOL_SOCKET, SO_PEERCRED, new Uint8Array(words.buffer), [
      UCRED_BYTES,
    ]);
    const [pid = 0] = words;
    if (result !== 0 || pid === 0) throw new Error(`SO_PEERCRED: errno ${koffi.errno()}, pid ${pid}`);
    return pid;
  };
}

/** Node does not offer it, and has it. */
function descriptorOf(socket: net.Socket): number {
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  if (!Number.isInteger(fd) || fd < 0) throw new Error('the socket has no descriptor');
  return fd;
}
