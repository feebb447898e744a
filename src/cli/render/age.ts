const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago something began, in its two largest units: `42s`, `7m`, `3h12m`, `5d3h`. */
export function formatAge(since: Date, now: Date): string {
  // The clock may have been set back since.
  return formatSeconds(Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000)));
}

/** A length of time in the same way. */
export function formatSeconds(seconds: number): string {
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h${Math.floor((seconds % HOUR) / MINUTE)}m`;
  return `${Math.floor(seconds / DAY)}d${Math.floor((seconds % DAY) / HOUR)}h`;
}
