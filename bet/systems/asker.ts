import type { Answer, PaneName } from '../model.ts';

/** How long a reading may take: whoever decides by it has something else to do. */
export const DEADLINE_MS = 5000;

/** What a system says now. Aborted, it gives up; what it throws is the reading's failure. */
export type Ask = (signal: AbortSignal) => Promise<ReadonlyMap<string, Answer>>;

/** `bet-a %3`, as agents write it; null where there is none. */
export function parsePane(text: string | null): PaneName | null {
  const [server, id, ...rest] = text?.split(' ') ?? [];
  return server && id && rest.length === 0 ? { server, id } : null;
}
