/** How long something has to be away before it is told again. */
const FORGOTTEN_MS = 60_000;

/** What has been told, for a command that looks again and again: a note is told when it is new, not at each look. */
export class NoteMemory {
  readonly #lastSeenMs = new Map<string, number>();

  /**
   * Picks what is new, or has been away for a minute: what flickers is told once.
   * @param keys what stands at this look
   */
  fresh(keys: readonly string[], nowMs: number): string[] {
    for (const [key, ms] of this.#lastSeenMs) if (nowMs - ms > FORGOTTEN_MS) this.#lastSeenMs.delete(key);
    const unheard = keys.filter((key) => !this.#lastSeenMs.has(key));
    for (const key of keys) this.#lastSeenMs.set(key, nowMs);
    return unheard;
  }
}
