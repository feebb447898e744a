/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The CPU time of a process: as /proc/<pid>/stat sums it up, what is left of threads that have ended, and every thread that
 * has not.
 */
#ifndef PLUMBLINE_PROCESSOR_H
#define PLUMBLINE_PROCESSOR_H

#include "desk.h"

#define TOO_MANY_THREADS (~0ULL)

/* @param signal the address of a struct signal_struct */
__attribute__((noinline)) u64 time_of_threads(u64 signal)
{
	u64 head = signal + offset_of(struct signal_struct, thread_head);
	u64 at = (u64)READ(struct list_head, head, next);
	u64 sum = 0;
	int i;

	for (i = 0; i < MAX_THREADS && at && at != head; i++) {
		sum += READ(struct task_struct, at - offset_of(struct task_struct, thread_node), se.sum_exec_runtime);
		at = (u64)READ(struct list_head, at, next);
	}
	return at == head ? sum : TOO_MANY_THREADS;
}

/* A thread that ends meanwhile would count twice or not at all: then nothing is said. */
INLINE void gather_cpu(struct desk *desk, struct task_struct *leader, struct signal_struct *signal)
{
	struct row *row = &desk->row;
	u64 ended = signal->sum_sched_runtime;
	u64 living;

	row->threads = signal->nr_threads;
	if (row->threads == 1)
		living = leader->se.sum_exec_runtime;
	else
		living = time_of_threads(address_of(desk, signal));
	if (living == TOO_MANY_THREADS || *(volatile u64 *)&signal->sum_sched_runtime != ended ||
	    *(volatile int *)&signal->nr_threads != (int)row->threads)
		row->absent |= NO_CPU;
	else
		row->cpu_ns = ended + living;
}

#endif
