/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * From a working directory up to the root: `..`, and from a mount to the directory that it is mounted on.
 *
 * Directories may be renamed and mounts moved meanwhile. So the way is gone twice, and is sound only where the second time
 * meets the same directories, with the same counts of renames, and the same mounts: then there was a moment between the two
 * at which all of it was so.
 */
#ifndef PLUMBLINE_CLIMB_H
#define PLUMBLINE_CLIMB_H

#include "gather.h"
#include "steps.h"

/* Up to the top of the mount that the directory is in, by pointers that the verifier knows: most of every way. */
INLINE void climb_in_mount(struct desk *desk, const struct anchor *anchor)
{
	struct vfsmount *mnt = anchor->mnt;
	struct dentry *dentry = anchor->dentry, *above;
	struct dentry *top = mnt->mnt_root;
	u32 dev = user_dev(mnt->mnt_sb->s_dev);
	int i;

	for (i = 0; i < MAX_LEVELS; i++) {
		struct level *level = &desk->levels[i];
		struct inode *inode = dentry->d_inode;

		level->dev = dev;
		level->ino = inode->i_ino;
		level->generation = inode->i_generation;
		desk->first_levels = desk->level_count = i + 1;
		note(desk, address_of(desk, dentry), sequence_of(dentry));
		if (i > 0 && (dentry->d_flags & dcache_mounted()))
			note_flagged(desk, address_of(desk, mnt) - offset_of(struct mount, mnt), address_of(desk, dentry));
		if (dentry == top)
			return;
		above = dentry->d_parent;
		if (above == dentry)
			break;
		dentry = above;
		FORGET();
	}
	desk->verdict |= CUT;
}

/* The same way once more, for what it depends on. */
INLINE void climb_in_mount_again(struct desk *desk, const struct anchor *anchor)
{
	struct dentry *dentry = anchor->dentry;
	u32 i;

	KEEP_APART(dentry);
	for (i = 0; i < MAX_LEVELS && i < desk->first_levels; i++) {
		note(desk, address_of(desk, dentry), sequence_of(dentry));
		dentry = dentry->d_parent;
		FORGET();
	}
}

/*
 * Nearly all are in a mount above which there is nothing: that is found once, and is so until the mounts of its namespace
 * change. Each change takes the next number of a count that is the whole machine's; 0 is a namespace without one.
 */
INLINE int is_known_top(struct desk *desk, u64 mount, u64 event)
{
	return event != 0 && mount == desk->top_mount && event == desk->top_event;
}

INLINE void remember_top(struct desk *desk, struct nsproxy *nsproxy, u64 mount, u64 event)
{
	if (desk->level_count != desk->first_levels)
		return;
	if ((u64)READ(struct mount, mount, mnt_ns) != address_of(desk, nsproxy->mnt_ns))
		return;
	desk->top_mount = mount;
	desk->top_event = event;
}

/* Whether the way that was told was so at one moment. */
INLINE int is_steady(struct desk *desk, const struct anchor *anchor, u64 mount)
{
	u64 first = desk->trace;

	desk->trace = 0;
	order_loads(desk);
	climb_in_mount_again(desk, anchor);
	FORGET();
	if (mount)
		climb_on(desk, mount, 0);
	return desk->trace == first && !desk->is_moving;
}

INLINE int is_under_cover(struct desk *desk)
{
	if (desk->flagged > 2)
		return 1;
	if (desk->flagged > 0 && is_covered(desk->flagged_mount[0], desk->flagged_dentry[0]))
		return 1;
	return desk->flagged > 1 && is_covered(desk->flagged_mount[1], desk->flagged_dentry[1]);
}

/* Tells the levels of a working directory. @returns whether they were so at one moment */
INLINE int climb(struct desk *desk, struct task_struct *task, const struct anchor *anchor)
{
	struct nsproxy *nsproxy = task->nsproxy;
	u64 event = nsproxy->mnt_ns->event;
	u64 mount = 0;

	desk->trace = 0;
	desk->is_moving = desk->level_count = desk->first_levels = desk->verdict = desk->flagged = 0;
	if (!anchor->fs)
		return 1;
	climb_in_mount(desk, anchor);
	FORGET();
	if (!desk->verdict) {
		mount = address_of(desk, anchor->mnt) - offset_of(struct mount, mnt);
		order_loads(desk);
		if (is_known_top(desk, mount, nsproxy->mnt_ns->event))
			mount = 0;
		else if (!climb_on(desk, mount, 1))
			desk->verdict |= CUT;
		else
			remember_top(desk, nsproxy, mount, event);
	}
	/* Above the root of all there is nothing, and `..` stays there, but for what is mounted over it. */
	if (desk->level_count == 1 && (anchor->dentry->d_flags & dcache_mounted()))
		note_flagged(desk, address_of(desk, anchor->mnt) - offset_of(struct mount, mnt),
			     address_of(desk, anchor->dentry));
	if (is_under_cover(desk))
		desk->verdict |= COVERED;
	return is_steady(desk, anchor, mount);
}

#endif
