/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Numbers as somebody counts them: of processes in a pid namespace, of devices as stat(2) tells them.
 */
#ifndef PLUMBLINE_NUMBERS_H
#define PLUMBLINE_NUMBERS_H

#include "desk.h"

/* The pid namespace whose numbers are told: the reader's. Level 0 is that of the whole machine, in which all have a number. */
struct view {
	u64 ns;
	u32 level;
};

/* As stat(2) encodes the kernel's own device numbers. */
INLINE u32 user_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

/* The place of one of its numbers in a struct pid; an upid is two words. */
INLINE u64 upid_at(u64 pid, u32 level)
{
	return pid + offset_of(struct pid, numbers) + (u64)level * 16;
}

/* The number that a process, group or session has in a namespace that is not the machine's; 0 where it has none. */
__attribute__((noinline)) u32 number_below(u64 pid, u64 ns, u32 level)
{
	u64 upid = upid_at(pid, level);

	if (!pid || READ(struct pid, pid, level) < level)
		return 0;
	return (u64)READ(struct upid, upid, ns) == ns ? READ(struct upid, upid, nr) : 0;
}

INLINE u32 number_in(struct desk *desk, struct pid *pid, const struct view *view)
{
	if (view->level == 0)
		return pid->numbers[0].nr;
	return number_below(address_of(desk, pid), view->ns, view->level);
}

/* The innermost namespace of a process, and its level. */
INLINE struct view namespace_of(struct desk *desk, struct pid *pid)
{
	struct view view = { .level = pid->level };

	if (view.level == 0)
		view.ns = address_of(desk, pid->numbers[0].ns);
	else
		view.ns = (u64)READ(struct upid, upid_at(address_of(desk, pid), view.level), ns);
	return view;
}

/* The inode of a pid namespace, which is what names it. */
INLINE u32 pid_ns_of(struct desk *desk, struct pid *pid)
{
	if (pid->level == 0)
		return pid->numbers[0].ns->ns.inum;
	return READ(struct pid_namespace, namespace_of(desk, pid).ns, ns.inum);
}

#endif
