import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { Files } from './files.ts';
import type { Machine } from './machine.ts';
import type { MountTable } from './mounts.ts';
import type { FileStat } from './procfs.ts';

/** As many symbolic links as the kernel follows in one path (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** Looks at paths of the configuration without hanging: those on a remote file system are asked with a deadline. */
export class CarefulFiles {
  /** Whether any path lay on a remote file system. */
  metRemote = false;
  readonly #machine: Machine;
  readonly #mounts: MountTable | null;

  constructor(machine: Machine, mounts: MountTable | null) {
    this.#machine = machine;
    this.#mounts = mounts;
  }

  async list(path: ByteString): Promise<Outcome<readonly ByteString[]>> {
    if (!this.#mayHang(path)) return this.#machine.files.list(path);
    const [answer] = await this.#machine.askRemote([{ fd: null, path, source: path, want: 'names' }]);
    return answer?.kind === 'value' ? value(answer.value.names) : (answer as Outcome<never>);
  }

  async statAll(paths: readonly ByteString[]): Promise<Outcome<FileStat>[]> {
    const stats: Outcome<FileStat>[] = [];
    const remote: number[] = [];
    for (const [index, path] of paths.entries()) {
      if (this.#mayHang(path)) remote.push(index);
      else stats[index] = this.#machine.files.stat(path);
    }
    if (remote.length === 0) return stats;
    const questions = remote.map((index) => {
      const path = paths[index] as ByteString;
      return { fd: null, path, source: path, want: 'stat' as const };
    });
    const answers = await this.#machine.askRemote(questions);
    for (const [position, index] of remote.entries()) {
      const answer = answers[position] as (typeof answers)[number];
      stats[index] = answer.kind === 'value' ? value(answer.value.chain[0] as FileStat) : answer;
    }
    return stats;
  }

  #mayHang(path: ByteString): boolean {
    if (this.#mounts !== null && !this.#mounts.hasRemote) return false;
    const remote = this.#mounts === null || leadsToRemote(path, this.#machine.files, this.#mounts);
    this.metRemote ||= remote;
    return remote;
  }
}

/** Follows a path link by link, and looks before each step whether it would leave this machine. */
export function leadsToRemote(path: ByteString, files: Files, mounts: MountTable): boolean {
  let reached = '';
  let links = 0;
  const ahead = path.split('/');
  while (ahead.length > 0) {
    const step = ahead.shift() as string;
    if (step === '' || step === '.') continue;
    if (step === '..') {
      reached = reached.slice(0, Math.max(0, reached.lastIndexOf('/')));
      continue;
    }
    const next = `${reached}/${step}`;
    if (mounts.reach(next) !== 'local') return true;
    const link = files.readlink(next);
    if (link.kind !== 'value') {
      reached = next;
      continue;
    }
    if (++links > MAX_LINKS) return true;
    if (link.value.startsWith('/')) reached = '';
    ahead.unshift(...link.value.split('/'));
  }
  return false;
}
