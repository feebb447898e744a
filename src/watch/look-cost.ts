/** However little it costs, a watch looks no more than half of the time. */
const MOST_OF_THE_TIME = 10;

/**
 * What a look cost this machine, in milliseconds: its time on a processor. One that had to wait for a processor, since
 * others have taken them, costs no more than ever; to wait 20 times as long for the next one would only make rows old,
 * and just on a machine where sessions get into trouble.
 * @param tookMs from its beginning to its end
 * @param cpuMs what this process has used of processors meanwhile
 */
export function lookCostMs(tookMs: number, cpuMs: number): number {
  return Math.min(tookMs, Math.max(cpuMs, tookMs / MOST_OF_THE_TIME));
}
