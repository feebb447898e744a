/** include/linux/sched.h: what is reported as it is; beyond, bits say how a process sleeps. */
const REPORTED = 0x7f;
/** TASK_UNINTERRUPTIBLE | TASK_NOLOAD: it waits for work, and counts for no load. */
const IDLE = 0x402;
const UNINTERRUPTIBLE = 0x2;
/** TASK_RTLOCK_WAIT and TASK_FROZEN: told as waiting for a device. */
const TOLD_AS_WAITING = 0x1000 | 0x8000;

/** task_state_array in fs/proc/array.c, and TASK_REPORT_IDLE behind it. */
const LETTERS = 'RSDTtXZPI';
const IDLE_INDEX = 8;

/**
 * The letter that /proc tells for the kernel's bits.
 *
 * Source: __task_state_index() in include/linux/sched.h, fs/proc/array.c
 * Shape:  one letter of proc_pid_stat(5), field 3
 * @param state task_struct.__state
 * @param exitState task_struct.exit_state
 */
export function stateLetter(state: number, exitState: number): string {
  if ((state & TOLD_AS_WAITING) !== 0) return LETTERS.charAt(indexOf(UNINTERRUPTIBLE));
  if ((state & IDLE) === IDLE) return LETTERS.charAt(IDLE_INDEX);
  return LETTERS.charAt(indexOf((state | exitState) & REPORTED));
}

/** fls(): the highest bit that is set, counted from 1; 0 for none. */
function indexOf(bits: number): number {
  return 32 - Math.clz32(bits);
}
