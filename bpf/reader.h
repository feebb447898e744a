/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Who reads: numbers are told as its namespaces count.
 */
#ifndef PLUMBLINE_READER_H
#define PLUMBLINE_READER_H

#include "numbers.h"

struct reader {
	s64 time_offset_ns;
	u32 pid_ns;
	u32 user_ns;
};

INLINE struct reader reader_of(struct desk *desk, struct task_struct *task)
{
	struct nsproxy *nsproxy = task->nsproxy;
	struct reader reader = {
		.pid_ns = pid_ns_of(desk, task->thread_pid),
		.user_ns = task->real_cred->user_ns->ns.inum,
	};

	if (has(nsproxy->time_ns))
		reader.time_offset_ns = nsproxy->time_ns->offsets.boottime.tv_sec * 1000000000LL +
					nsproxy->time_ns->offsets.boottime.tv_nsec;
	return reader;
}

#endif
