import { getSystemErrorName } from 'node:util';
import { loadKoffi } from '../native/koffi.ts';

/** A call to the library that failed. */
export interface LibraryFailure {
  readonly kind: 'failed';
  /** What could not be done: `load`, `attach`. */
  readonly step: string;
  readonly errno: string;
}

/** What there is of libbpf: enough to bring a program into the kernel, and to keep it there. */
export interface Libbpf {
  /** As it tells it: `v1.1`. */
  readonly version: string;
  /** Opens an object file. Nothing reaches the kernel yet. */
  openObject(file: string): BpfObject | LibraryFailure;
}

/** An object file, with the programs in it. */
interface BpfObject {
  readonly programs: readonly string[];
  /** Brings one of its programs into the kernel, and attaches it as an iterator. Once. */
  load(program: string): IteratorLink | LibraryFailure;
  /** What the kernel's verifier has said, if it has refused. */
  readonly verifierLog: string;
  close(): void;
}

/** A program that is attached: every reading starts it anew. */
export interface IteratorLink {
  readonly kind: 'link';
  readonly fd: number;
  pin(path: string): null | LibraryFailure;
  /** A descriptor for one reading; read(2) until it gives nothing more, and close it. */
  open(): number | LibraryFailure;
  close(): void;
}

/** Why the library cannot be used. */
export interface NoLibrary {
  readonly kind: 'no_library';
  readonly why: string;
}

/** The versions that have what is called here; before 1.0 only the last ones do. */
const NAMES = ['libbpf.so.1', 'libbpf.so.0'];

/** LIBBPF_STRICT_CLEAN_PTRS | DIRECT_ERRS | AUTO_RLIMIT_MEMLOCK: what 1.0 does anyhow. */
const AS_1_0 = 0x13;

/** A refusal can be long, and kernels before 6.4 keep its begin: it has to fit, for its end to be there. */
const LOG_BYTES = 16 * 1024 * 1024;

/**
 * Loads libbpf, where the dynamic linker finds it. It prints nothing: what it would say is in the failures.
 *
 * Source: libbpf.so.1
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadLibbpf(): Promise<Libbpf | NoLibrary> {
  const koffi = await loadKoffi();
  const whys: string[] = [];
  for (const name of NAMES) {
    try {
      return libraryOf(koffi, koffi.load(name));
    } catch (error) {
      // koffi says what the dynamic linker says: not there, or which function it lacks.
      whys.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  return { kind: 'no_library', why: whys.join('; ') };
}

type Koffi = Awaited<ReturnType<typeof loadKoffi>>;
type Library = ReturnType<Koffi['load']>;

/** Something of the library's own, by its address. */
type Pointer = object;
type Address = Pointer | null;

function libraryOf(koffi: Koffi, library: Library): Libbpf {
  const failure = (step: string): LibraryFailure => {
    return { kind: 'failed', step, errno: getSystemErrorName(-koffi.errno()) };
  };
  const version = (library.func('const char *libbpf_version_string(void)') as () => string)();
  (library.func('void *libbpf_set_print(void *print)') as (print: null) => unknown)(null);
  if (version.startsWith('v0.'))
    (library.func('int libbpf_set_strict_mode(int mode)') as (mode: number) => number)(AS_1_0);
  const open = openOf(koffi, library);
  const calls = callsOf(library);
  return {
    version,
    openObject: (file) => {
      const object = open(file);
      return object === null ? failure('open') : objectOf(object, calls, failure);
    },
  };
}

/** Where a kernel tells its own types. */
const BTF = '/sys/kernel/btf/vmlinux';

/**
 * A type that the kernel does not have, such as an enum that it had as a macro, is looked for in the types of each module as
 * well: which takes CAP_SYS_ADMIN. Where libbpf is told which file to look into, it looks nowhere else.
 *
 * Source: struct bpf_object_open_opts of libbpf.h, up to btf_custom_path (since libbpf 0.6)
 */
function openOf(koffi: Koffi, library: Library): (file: string) => Address {
  const options = koffi.struct({
    sz: 'size_t',
    object_name: 'const char *',
    relaxed_maps: 'bool',
    pin_root_path: 'const char *',
    attach_prog_fd: 'uint32_t',
    kconfig: 'const char *',
    btf_custom_path: 'const char *',
  });
  const given = ['const char *', koffi.pointer(options)] as const;
  const open = library.func('bpf_object__open_file', 'void *', [...given]) as (
    path: string,
    options: object,
  ) => Address;
  return (file) =>
    open(file, {
      sz: koffi.sizeof(options),
      object_name: null,
      relaxed_maps: false,
      pin_root_path: null,
      attach_prog_fd: 0,
      kconfig: null,
      btf_custom_path: BTF,
    });
}

function callsOf(library: Library) {
  return {
    next: library.func('void *bpf_object__next_program(void *object, void *program)') as (
      object: Pointer,
      program: Address,
    ) => Address,
    name: library.func('const char *bpf_program__name(void *program)') as (program: Pointer) => string,
    setAutoload: library.func('int bpf_program__set_autoload(void *program, bool wanted)') as (
      program: Pointer,
      wanted: boolean,
    ) => number,
    setLog: library.func('int bpf_program__set_log_buf(void *program, void *log, size_t bytes)') as (
      program: Pointer,
      log: Buffer,
      bytes: number,
    ) => number,
    load: library.func('int bpf_object__load(void *object)') as (object: Pointer) => number,
    close: library.func('void bpf_object__close(void *object)') as (object: Pointer) => void,
    attach: library.func('void *bpf_program__attach_iter(void *program, void *options)') as (
      program: Pointer,
      options: null,
    ) => Address,
    linkFd: library.func('int bpf_link__fd(void *link)') as (link: Pointer) => number,
    destroyLink: library.func('int bpf_link__destroy(void *link)') as (link: Pointer) => number,
    pin: library.func('int bpf_obj_pin(int fd, const char *path)') as (fd: number, path: string) => number,
    createIterator: library.func('int bpf_iter_create(int link)') as (link: number) => number,
  };
}

type Calls = ReturnType<typeof callsOf>;
type Failure = (step: string) => LibraryFailure;

function objectOf(object: Pointer, calls: Calls, failure: Failure): BpfObject {
  const programs = new Map<string, Pointer>();
  for (let at = calls.next(object, null); at !== null; at = calls.next(object, at)) programs.set(calls.name(at), at);
  // Pages that nobody writes to are not there.
  const log = Buffer.alloc(LOG_BYTES);
  return {
    programs: [...programs.keys()],
    load: (name) => {
      const wanted = programs.get(name);
      if (wanted === undefined) return { kind: 'failed', step: 'find', errno: 'ENOENT' };
      for (const program of programs.values()) calls.setAutoload(program, program === wanted);
      if (calls.setLog(wanted, log, log.length) < 0) return failure('load');
      if (calls.load(object) < 0) return failure('load');
      const link = calls.attach(wanted, null);
      return link === null ? failure('attach') : linkOf(link, calls, failure);
    },
    get verifierLog() {
      return log.toString('latin1', 0, log.indexOf(0));
    },
    close: () => calls.close(object),
  };
}

function linkOf(link: Pointer, calls: Calls, failure: Failure): IteratorLink {
  const fd = calls.linkFd(link);
  return {
    kind: 'link',
    fd,
    pin: (path) => (calls.pin(fd, path) < 0 ? failure('pin') : null),
    open: () => {
      const opened = calls.createIterator(fd);
      return opened < 0 ? failure('open') : opened;
    },
    close: () => {
      calls.destroyLink(link);
    },
  };
}
