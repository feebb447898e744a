import fs from 'node:fs';
import { deviceWord } from '../model/device.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { FileId } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import { attempt } from './attempt.ts';
import { CoverageLog } from './coverage.ts';
import { kernelFileId } from './kernel-file-id.ts';
import type { Machine } from './machine.ts';
import { MountTables } from './mounts.ts';
import type { AskGeneration } from './native/generation.ts';
import { O_PATH } from './procfs-live.ts';

/** A home's directory, as a BPF iterator tells it, and what tells it from a later one of the same number. */
interface HomeIdentity {
  /** 8 hexadecimal digits of the device, 16 of the inode; null where its file system does not let them be compared. */
  readonly level: string | null;
  /** Of the inode; null where the file system does not say. */
  readonly generation: number | null;
  /** When it was made, in microseconds since 1970; null where the file system does not say. */
  readonly bornUs: bigint | null;
  /** Why it cannot be compared; null where it can. */
  readonly problem: string | null;
}

/** The device number of a file system on no block device: the next one that is mounted is given it again, and counts inodes anew. */
const ANONYMOUS = '0:';

/** Asks directories who they are; none whose file system may not answer. */
export interface HomeIdentities {
  of(path: ByteString, id: FileId): HomeIdentity;
  /** When what stands at a path was made, in nanoseconds since 1970; null where that is not told. */
  bornNs(path: ByteString): bigint | null;
}

/**
 * Prepares to ask homes who they are. A kernel's iterator tells a directory by the device of its file system and its inode's
 * own number (s_dev, i_ino), which stat(2) tells as well, except where a file system makes up numbers of its own: btrfs, some
 * overlays. There the numbers of two directories can be the same to the kernel, so such a home is not compared.
 *
 * Where such a number is given again, and nothing tells the one from the other, neither.
 *
 * Source: /proc/self/fdinfo/<fd>, lines mnt_id and ino (since Linux 5.14); /proc/self/mountinfo; ioctl FS_IOC_GETVERSION;
 *   name_to_handle_at(2); statx(2), btime
 * Needs:  nothing; to read a directory of btrfs for its generation
 */
export function openHomeIdentities({ procfs }: Pick<Machine, 'procfs'>, askGeneration: AskGeneration): HomeIdentities {
  const mounts = new MountTables(procfs, new CoverageLog()).own();
  const isLocal = (path: ByteString) => mounts?.reach(path) === 'local';
  return {
    bornNs(path) {
      if (!isLocal(path)) return null;
      const stat = valueOrNull(attempt(() => fs.statSync(Buffer.from(path, 'latin1'), { bigint: true })));
      return stat === null || stat.birthtimeNs <= 0n ? null : stat.birthtimeNs;
    },
    of(path, id) {
      if (!isLocal(path)) return unlike('its file system may not answer, and was not asked');
      return identify(path, id, (fd) => kernelFileId(fd, mounts, procfs), askGeneration);
    },
  };
}

function identify(
  path: ByteString,
  id: FileId,
  kernelIdOf: (fd: number) => ReturnType<typeof kernelFileId>,
  askGeneration: AskGeneration,
): HomeIdentity {
  const opened = attempt(() => fs.openSync(Buffer.from(path, 'latin1'), fs.constants.O_DIRECTORY | O_PATH));
  if (opened.kind !== 'value') return unlike('the directory could not be opened when it was stored');
  const fd = opened.value;
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (stat.dev !== id.dev || stat.ino !== id.ino)
      return unlike('another directory took its place while it was stored');
    const inner = kernelIdOf(fd);
    const bornUs = stat.birthtimeNs > 0n ? stat.birthtimeNs / 1000n : null;
    const generation = askGeneration(fd);
    if (inner.dev !== id.dev || (inner.ino ?? id.ino) !== id.ino) {
      const problem =
        'its file system has numbers of its own, which a kernel compares with no others (btrfs, some overlays)';
      return { level: null, generation, bornUs, problem };
    }
    if (generation === null && deviceWord(id.dev).startsWith(ANONYMOUS)) {
      const problem = 'its file system does not tell its directory from one of the next that is mounted (overlay)';
      return { level: null, generation, bornUs, problem };
    }
    const level = `${id.dev.toString(16).padStart(8, '0')}${id.ino.toString(16).padStart(16, '0')}`;
    return { level, generation, bornUs, problem: null };
  } finally {
    fs.closeSync(fd);
  }
}

function unlike(problem: string): HomeIdentity {
  return { level: null, generation: null, bornUs: null, problem };
}
