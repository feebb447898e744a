/** How much CPU time one piece of work takes, between two turns of the event loop. */
const PIECE_MS = 20;
const TIMER_MS = 100;
const BITE = 4 * 1024 * 1024;
/** Where nothing has ended it by then, nothing will: the machine's memory is not ours. */
const MOST_BITES = 64;

/** The main thread waits for what never comes. */
export function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Takes memory, and uses it, until the kernel ends that; four times what it is given. */
export function eat(): void {
  const eaten: Buffer[] = [];
  while (eaten.length < MOST_BITES) eaten.push(Buffer.alloc(BITE, eaten.length + 1));
}

/** Something to compute for a while, in which timers still have their turn; and how late they were. */
export class LateWork {
  readonly #tell: (latestMs: number) => void;
  #until = Number.NEGATIVE_INFINITY;

  constructor(tell: (latestMs: number) => void) {
    this.#tell = tell;
  }

  get isGoingOn(): boolean {
    return performance.now() < this.#until;
  }

  begin(ms: number): void {
    this.#until = performance.now() + ms;
    let due = performance.now() + TIMER_MS;
    let latest = 0;
    const look = () => {
      latest = Math.max(latest, performance.now() - due);
      due = performance.now() + TIMER_MS;
    };
    const timer = setInterval(look, TIMER_MS);
    const piece = () => {
      const before = process.cpuUsage();
      while (spentMs(before) < PIECE_MS);
      if (this.isGoingOn) return void setImmediate(piece);
      clearInterval(timer);
      // It may not have had its turn at all.
      look();
      this.#tell(latest);
    };
    piece();
  }
}

function spentMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
