/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Mounts. A struct vfsmount lies in a struct mount, which no pointer of the kernel's leads to in a way that the verifier
 * follows: mounts are addresses here.
 */
#ifndef PLUMBLINE_MOUNTS_H
#define PLUMBLINE_MOUNTS_H

#include "desk.h"

/* They have always lain side by side: one read instead of four. */
INLINE void read_mount(struct mount_head *head, u64 mount)
{
	u64 first = offset_of(struct mount, mnt_parent);

	if (offset_of(struct mount, mnt_mountpoint) == first + 8 && offset_of(struct mount, mnt.mnt_root) == first + 16 &&
	    offset_of(struct mount, mnt.mnt_sb) == first + 24) {
		if (bpf_probe_read_kernel(head, sizeof(*head), (void *)(mount + first)))
			__builtin_memset(head, 0, sizeof(*head));
		return;
	}
	head->parent = (u64)READ(struct mount, mount, mnt_parent);
	head->mountpoint = (u64)READ(struct mount, mount, mnt_mountpoint);
	head->top = (u64)READ(struct mount, mount, mnt.mnt_root);
	head->sb = (u64)READ(struct mount, mount, mnt.mnt_sb);
}

/* More than so many mounts below one are not looked through. */
#define MOST_CHILDREN 256

/* Whether something is mounted on a directory as it is seen through this mount, or could be: then `..` leads to that. */
__attribute__((noinline)) int is_covered(u64 mount, u64 dentry)
{
	u64 head = mount + offset_of(struct mount, mnt_mounts);
	u64 at = (u64)READ(struct list_head, head, next);
	int i;

	for (i = 0; i < MOST_CHILDREN && at && at != head; i++) {
		if ((u64)READ(struct mount, at - offset_of(struct mount, mnt_child), mnt_mountpoint) == dentry)
			return 1;
		at = (u64)READ(struct list_head, at, next);
	}
	return at != head;
}

#endif
