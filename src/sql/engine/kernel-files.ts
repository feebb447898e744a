import { KERNEL_DIRECTORY, kernelFile } from './ddl.ts';

/** What of Emscripten's file system is used here; see its documentation, "File System API". */
export interface FileSystem {
  mkdir(path: string): unknown;
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: object): void;
  mkdev(path: string, device: number): unknown;
  lookupPath(path: string): { readonly node: FileNode };
  readonly ErrnoError: new (errno: number) => Error;
}

interface FileNode {
  node_ops: { readonly getattr: (node: FileNode) => object };
}

/** What Emscripten calls EIO. */
const EIO = 29;

/** Nothing else has devices of this number there. */
const MAJOR = 80;

/** The files that live tables are read from: what they hold is given for one job, and can be read in no other. */
export class KernelFiles {
  #contents: ReadonlyMap<string, Uint8Array> = new Map();

  constructor(fs: FileSystem, tables: readonly string[]) {
    fs.mkdir(KERNEL_DIRECTORY);
    tables.forEach((table, index) => {
      this.#make(fs, table, fs.makedev(MAJOR, index));
    });
  }

  /** What can be read now; every other file fails to be read. */
  give(contents: ReadonlyMap<string, Uint8Array>): void {
    this.#contents = contents;
  }

  #make(fs: FileSystem, table: string, device: number): void {
    fs.registerDevice(device, {
      // Postgres opens what a portal that it describes would read. Only who reads it has to have it.
      open: () => {},
      read: (_stream: object, into: Uint8Array, offset: number, length: number, position: number) => {
        const bytes = this.#contents.get(table);
        if (bytes === undefined) throw new fs.ErrnoError(EIO);
        const part = bytes.subarray(position, position + length);
        into.set(part, offset);
        return part.length;
      },
    });
    fs.mkdev(kernelFile(table), device);
    // The planner asks for the file's size: without one it takes every table for tiny, and joins large ones in loops.
    const { node } = fs.lookupPath(kernelFile(table));
    const { getattr } = node.node_ops;
    const size = () => this.#contents.get(table)?.length ?? 0;
    node.node_ops = { ...node.node_ops, getattr: (of) => ({ ...getattr(of), size: size() }) };
  }
}
