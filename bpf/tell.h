/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * A process as it is told, whatever the form: its row, its levels and its verdict, on the reader's desk.
 */
#ifndef PLUMBLINE_TELL_H
#define PLUMBLINE_TELL_H

#include "climb.h"

/*
 * The process that an entry of the kernel's list stands for; 0 for a thread. Where another thread than the first calls
 * execve(2) it takes the first one's number and time of birth, one word after the other: who was found under the number of a
 * process may be a thread by its own word a moment later. The process must not be left out for that.
 */
INLINE struct task_struct *process_of(struct task_struct *found)
{
	struct task_struct *leader = found->group_leader;

	if (found->pid == found->tgid)
		return found;
	return leader->start_boottime == found->start_boottime ? leader : 0;
}

/*
 * Lays a process out on the desk. One that was found in such a moment may be told twice, under its own number and under that
 * of the thread: numbers go up from row to row, and where they do not, the row is not sound.
 */
INLINE void tell(struct desk *desk, u64 reading, struct task_struct *found, struct task_struct *task,
		 const struct view *view)
{
	struct anchor anchor = {};
	int is_steady;

	gather(desk, task, view, &anchor);
	is_steady = climb(desk, task, &anchor);
	order_loads(desk);
	if (desk->last_reading == reading && desk->row.pid <= desk->last_pid)
		return;
	if (is_steady && found->pid == found->tgid && is_sound(desk, task, &anchor))
		desk->verdict |= SOUND;
}

/* After its row was written. */
INLINE void remember_told(struct desk *desk, u64 reading)
{
	if (desk->last_reading == reading && desk->row.pid < desk->last_pid)
		return;
	desk->last_reading = reading;
	desk->last_pid = desk->row.pid;
}

#endif
