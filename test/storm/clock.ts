/** Milliseconds of CLOCK_MONOTONIC: one time for every process of a storm. */
export function clockMs(): number {
  return Number(globalThis.process.hrtime.bigint()) / 1e6;
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
