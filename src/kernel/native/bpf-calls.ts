import { getSystemErrorName } from 'node:util';
import { missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { BPF_INFO_BYTES } from '../parse/bpf-info.ts';
import { loadKoffi } from './koffi.ts';

/** What bpf(2) answers about things that are there already. Loading one takes a library: libbpf.ts. */
export interface BpfCalls {
  /** Opens what is pinned there. */
  open(path: string): Outcome<number>;
  /** What the kernel says of a program or a link that is open. */
  info(fd: number): Outcome<Uint8Array>;
  /** Opens a program by its number. */
  programById(id: number): Outcome<number>;
  /** Whether it may be called at all: `unsupported` ENOSYS without it, `denied` where only others may. */
  probe(): Outcome<null>;
}

/** Its number on the architectures that plumbline is tried on, and on those that count as they do. */
const SYS_BPF: Readonly<Partial<Record<string, number>>> = { x64: 321, arm64: 280, riscv64: 280, loong64: 280 };

const BPF_OBJ_GET = 7;
const BPF_PROG_GET_FD_BY_ID = 13;
const BPF_OBJ_GET_INFO_BY_FD = 15;
/** No kernel has so many commands: it says EINVAL, after it has looked whether bpf(2) may be called. */
const NO_COMMAND = 0x7fff;
/** union bpf_attr, as it was when task iterators came: what is behind a command's own fields has to be zero. */
const ATTR_BYTES = 120;

/**
 * Loads them.
 *
 * Source: bpf(2): BPF_OBJ_GET since Linux 4.4, BPF_OBJ_GET_INFO_BY_FD and BPF_PROG_GET_FD_BY_ID 4.13
 * Needs:  koffi; to open something pinned CAP_BPF where unprivileged BPF is off, and the right to write it; a program by
 *         its number CAP_SYS_ADMIN
 * @param architecture as Node names it; on one that is not known every call is `unsupported` (ENOSYS)
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadBpfCalls(architecture: string = globalThis.process.arch): Promise<BpfCalls> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const number = SYS_BPF[architecture];
  const rest = (used: number) => koffi.array('uint8_t', ATTR_BYTES - used);
  const path = koffi.struct({ path: 'const char *', fd: 'uint32_t', flags: 'uint32_t', rest: rest(16) });
  const info = koffi.struct({ fd: 'uint32_t', bytes: 'uint32_t', info: 'void *', rest: rest(16) });
  const words = koffi.struct({ first: 'uint32_t', rest: rest(4) });
  const call = (type: typeof path) => {
    const given = ['long', 'long', koffi.pointer(type), 'long'] as const;
    const syscall = libc.func('syscall', 'long', [...given]) as (...all: readonly unknown[]) => number;
    return (command: number, attr: object): Outcome<number> => {
      if (number === undefined) return { kind: 'unsupported', errno: 'ENOSYS' };
      const result = Number(syscall(number, command, attr, ATTR_BYTES));
      return result < 0 ? missingFromErrno(getSystemErrorName(-koffi.errno())) : value(result);
    };
  };
  const zeros = (used: number) => new Uint8Array(ATTR_BYTES - used);
  const [withPath, withInfo, withWords] = [call(path), call(info), call(words)];
  return {
    open: (place) => withPath(BPF_OBJ_GET, { path: place, fd: 0, flags: 0, rest: zeros(16) }),
    info: (fd) => {
      const bytes = Buffer.alloc(BPF_INFO_BYTES);
      const asked = withInfo(BPF_OBJ_GET_INFO_BY_FD, { fd, bytes: bytes.length, info: bytes, rest: zeros(16) });
      return asked.kind === 'value' ? value(bytes) : asked;
    },
    programById: (id) => withWords(BPF_PROG_GET_FD_BY_ID, { first: id, rest: zeros(4) }),
    probe: () => {
      const asked = withWords(NO_COMMAND, { first: 0, rest: zeros(4) });
      return asked.kind === 'unsupported' && asked.errno === 'EINVAL'
        ? value(null)
        : asked.kind === 'value'
          ? value(null)
          : asked;
    },
  };
}
