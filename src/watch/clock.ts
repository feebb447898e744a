/** Time, as the loop sees it: a test has one of its own. */
export interface Clock {
  /** Of a clock that is never set back. */
  nowMs(): number;
  /** Runs something later. @returns what calls it off */
  after(ms: number, run: () => void): () => void;
}

/** This machine's. */
export const liveClock: Clock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
