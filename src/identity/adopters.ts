import type { ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import type { Population } from './population.ts';

/** The first process of a container, where that only starts another one and takes in orphans. */
const INITS = 'tini docker-init dumb-init catatonit podman-init';

/** What takes in the orphans of what it has started, among other things: inits, and what watches over containers and jobs. */
const REAPERS: ReadonlySet<ByteString> = new Set(
  `systemd init s6-svscan runit containerd-shim conmon slurmstepd ${INITS}`.split(' '),
);

const INIT_NAMES: ReadonlySet<ByteString> = new Set(INITS.split(' '));

/** True for the init of a container: it starts one program, and nothing else. */
export function isContainerInit({ comm }: ProcessStat): boolean {
  return INIT_NAMES.has(comm);
}

/**
 * Who is given the children of processes that end: the first process, and what has asked for it (PR_SET_CHILD_SUBREAPER),
 * which the kernel tells nobody: it is known by its name, or by a child in a kernel session that is neither its own nor
 * the child's, which only an orphan is.
 */
export class Adopters {
  readonly #population: Population;
  #shown: ReadonlySet<ProcessStat> | null = null;

  constructor(population: Population) {
    this.#population = population;
  }

  has(parent: ProcessStat): boolean {
    if (parent.pid === 1 || REAPERS.has(parent.comm)) return true;
    this.#shown ??= this.#find();
    return this.#shown.has(parent);
  }

  #find(): Set<ProcessStat> {
    const adopters = new Set<ProcessStat>();
    for (const child of this.#population.stats.values()) {
      if (child.sid <= 0 || child.sid === child.pid) continue;
      const parent = this.#population.parentOf(child);
      if (parent && parent.sid !== child.sid) adopters.add(parent);
    }
    return adopters;
  }
}
