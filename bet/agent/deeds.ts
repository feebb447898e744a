/** How long one piece of work is, between two looks at the clock. */
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
    const timer = setInterval(() => {
      latest = Math.max(latest, performance.now() - due);
      due = performance.now() + TIMER_MS;
    }, TIMER_MS);
    const piece = () => {
      const end = performance.now() + PIECE_MS;
      while (performance.now() < end);
      if (this.isGoingOn) return void setImmediate(piece);
      clearInterval(timer);
      this.#tell(latest);
    };
    piece();
  }
}
