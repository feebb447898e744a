import { PlumblineError } from '../../model/errors.ts';
import { loadKoffi } from './koffi.ts';

/** Sends datagrams to one unix socket. */
export interface DatagramSender {
  /** @returns null, or the errno of what went wrong */
  send(text: string): number | null;
  close(): void;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** What sun_path holds, with the 0 at its end. */
const LONGEST_PATH = 107;

/**
 * Opens a socket that sends to a path, or to an abstract name (`@name`): Node has no unix datagrams.
 *
 * Source: unix(7), sendto(2)
 * Needs:  koffi; the right to write the socket, which is asked for at each send
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load, `usage` for an address that is none
 */
export async function openDatagramSender(address: string): Promise<DatagramSender> {
  const name = Buffer.from(address.replace(/^@/, '\0'));
  if (!/^[@/]/.test(address) || name.length < 2 || name.length > LONGEST_PATH) {
    throw new PlumblineError('usage', `${address} is no unix socket`, {
      hint: `a path, or @ and a name, of at most ${LONGEST_PATH} bytes`,
    });
  }
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...given: number[]) => number;
  const sendto = libc.func(
    'long sendto(int fd, const void *data, size_t size, int flags, const void *address, uint32_t length)',
  ) as (...given: (number | Buffer)[]) => number;
  const close = libc.func('int close(int fd)') as (fd: number) => number;
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new PlumblineError('unsupported_platform', `no unix socket can be made: errno ${koffi.errno()}`);
  const family = Buffer.alloc(2);
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = AF_UNIX;
  const to = Buffer.concat([family, name]);
  return {
    send: (text) => {
      const data = Buffer.from(text);
      return sendto(fd, data, data.length, MSG_NOSIGNAL, to, to.length) < 0 ? koffi.errno() : null;
    },
    close: () => {
      close(fd);
    },
  };
}
