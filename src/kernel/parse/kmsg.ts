/** The kernel's own messages; a program that writes to /dev/kmsg is another facility. */
const KERNEL_FACILITY = 0;

/**
 * Reads which process a message of the kernel says was killed for lack of memory.
 * The number stands before the name, which the process chose itself, so that no name forges it.
 *
 * Source: one record of /dev/kmsg, since Linux 3.5: `prio,seq,timestamp,flags;Memory cgroup out of memory: Killed
 *         process 16469 (python3) …` (mm/oom_kill.c)
 * Shape:  the pid in the first pid namespace; null for every other record
 * Units:  none
 */
export function parseOomVictim(record: string): number | null {
  const [, priority, text = ''] = /^(\d+),[^;]*;(.*)/.exec(record) ?? [];
  if (priority === undefined || Number(priority) >> 3 !== KERNEL_FACILITY) return null;
  const digits = /^(?:Memory cgroup out|Out) of memory(?: \([^)]*\))?: Kill(?:ed)? process (\d{1,7}) \(/.exec(
    text,
  )?.[1];
  return digits === undefined ? null : Number(digits);
}
