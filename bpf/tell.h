/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * A process as it is told, whatever the form: its row, its levels and its verdict, on the reader's desk.
 */
#ifndef PLUMBLINE_TELL_H
#define PLUMBLINE_TELL_H

#include "climb.h"

/*
 * The process that an entry of the kernel's list stands for; 0 for a thread. Where another thread than the first calls
 * execve(2) it becomes the first, with that one's number and time of birth, and who was found under the number is a thread
 * all of a sudden: the process must not be left out for that.
 */
INLINE struct task_struct *process_of(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	if (task->pid == task->tgid)
		return task;
	return leader->start_boottime == task->start_boottime ? leader : 0;
}

/* Lays a process out on the desk. */
INLINE void tell(struct desk *desk, struct task_struct *task, const struct view *view)
{
	struct anchor anchor = {};
	int is_steady;

	gather(desk, task, view, &anchor);
	is_steady = climb(desk, task, &anchor);
	order_loads(desk);
	if (is_steady && is_sound(desk, task, &anchor))
		desk->verdict |= SOUND;
}

#endif
