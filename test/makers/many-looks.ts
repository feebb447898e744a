/** As many as are wanted, and as few as prove something where a busy machine makes each one slow. */
const WANTED = 300;
const PROOF = 20;
const ENOUGH_MS = 15_000;

/** Runs looks one after another: 300 of them, or those that fit into 15 seconds. */
export async function manyLooks(look: (number: number) => Promise<void>): Promise<void> {
  const end = performance.now() + ENOUGH_MS;
  for (let number = 1; number <= WANTED; number++) {
    if (number > PROOF && performance.now() > end) return;
    await look(number);
  }
}
