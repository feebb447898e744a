/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * From a working directory up to the root: `..`, and from a mount to the directory that it is mounted on.
 */
#ifndef PLUMBLINE_CLIMB_H
#define PLUMBLINE_CLIMB_H

#include "gather.h"

/* Where a climb stands. Addresses are numbers: they are followed with bpf_probe_read_kernel only. */
struct climb {
	u64 dentry;
	u64 mount;             /* struct mount, in which the struct vfsmount of a path lies */
	u64 mnt_root;
	u32 dev;
	u32 verdict;
	u32 is_over;
	u32 flagged;           /* how many of the directories have something mounted on them, in whatever namespace */
	u64 flagged_dentry[2];
	u64 flagged_mount[2];
};

INLINE void enter_mount(struct climb *climb, u64 mount)
{
	u64 sb = (u64)READ(struct mount, mount, mnt.mnt_sb);

	climb->mount = mount;
	climb->mnt_root = (u64)READ(struct mount, mount, mnt.mnt_root);
	climb->dev = user_dev(READ(struct super_block, sb, s_dev));
}

INLINE void begin_climb(struct climb *climb, const struct anchor *anchor)
{
	climb->dentry = (u64)anchor->dentry;
	climb->verdict = 0;
	climb->is_over = 0;
	climb->flagged = 0;
	enter_mount(climb, (u64)anchor->mnt - offset_of(struct mount, mnt));
}

/* The directory that it stands at. */
INLINE struct level level_at(const struct climb *climb)
{
	struct level level = { .dev = climb->dev };
	u64 inode = (u64)READ(struct dentry, climb->dentry, d_inode);

	level.ino = READ(struct inode, inode, i_ino);
	level.generation = READ(struct inode, inode, i_generation);
	return level;
}

INLINE void remember_flagged(struct climb *climb)
{
	u32 place = climb->flagged++;

	if (place == 0) {
		climb->flagged_dentry[0] = climb->dentry;
		climb->flagged_mount[0] = climb->mount;
	} else if (place == 1) {
		climb->flagged_dentry[1] = climb->dentry;
		climb->flagged_mount[1] = climb->mount;
	}
}

/* Each step leads to the directory above, or from a mount to where it is mounted. */
#define MOST_STEPS 96

/* @returns whether it stands at another directory now */
__attribute__((noinline)) int climb_on(struct climb *climb)
{
	u64 next;

	if (!climb)
		return 0;

	if (climb->dentry == climb->mnt_root) {
		next = (u64)READ(struct mount, climb->mount, mnt_parent);
		if (!next || next == climb->mount) {
			climb->is_over = 1;
			return 0;
		}
		climb->dentry = (u64)READ(struct mount, climb->mount, mnt_mountpoint);
		enter_mount(climb, next);
		return 0;
	}
	next = (u64)READ(struct dentry, climb->dentry, d_parent);
	if (!next || next == climb->dentry) {
		climb->verdict |= CUT;
		climb->is_over = 1;
		return 0;
	}
	climb->dentry = next;
	if (READ(struct dentry, next, d_flags) & dcache_mounted())
		remember_flagged(climb);
	return 1;
}

#define MOST_CHILDREN 256

/* Whether something is mounted on a directory as it is seen through this mount: then `..` leads to that instead. */
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

/* What can be said of the climb when it is over. */
INLINE u32 verdict_of(const struct climb *climb)
{
	u32 verdict = climb->verdict;

	if (!climb->is_over)
		verdict |= CUT;
	if (climb->flagged > 2)
		return verdict | COVERED;
	if (climb->flagged > 0 && is_covered(climb->flagged_mount[0], climb->flagged_dentry[0]))
		return verdict | COVERED;
	if (climb->flagged > 1 && is_covered(climb->flagged_mount[1], climb->flagged_dentry[1]))
		return verdict | COVERED;
	return verdict;
}

#endif
