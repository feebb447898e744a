/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The way upwards beyond the mount of the working directory, by addresses: few steps, each a function that the verifier
 * takes for itself.
 */
#ifndef PLUMBLINE_STEPS_H
#define PLUMBLINE_STEPS_H

#include "mounts.h"
#include "numbers.h"
#include "trace.h"

INLINE void add_level(struct desk *desk, u64 dentry, u64 sb)
{
	u64 inode = (u64)READ(struct dentry, dentry, d_inode);
	u32 place = desk->level_count;
	struct level *level;

	if (place >= MAX_LEVELS)
		return;
	level = &desk->levels[place];
	level->dev = user_dev(READ(struct super_block, sb, s_dev));
	level->ino = READ(struct inode, inode, i_ino);
	level->generation = READ(struct inode, inode, i_generation);
	desk->level_count = place + 1;
}

INLINE u32 sequence_at(u64 dentry)
{
	return READ(struct dentry, dentry, d_seq.seqcount.sequence);
}

INLINE void enter_mount(struct desk *desk, u64 mount)
{
	desk->mount = mount;
	read_mount(&desk->head, mount);
}

enum step { GOES_ON, IS_OVER, IS_CUT };

/* One step beyond the first mount: to the directory above, or from a mount to where it is mounted. */
__attribute__((noinline)) int step_up(struct desk *desk)
{
	u64 above;

	if (!desk)
		return IS_CUT;
	if (desk->dentry == desk->head.top) {
		above = desk->head.parent;
		note(desk, above, 0);
		if (!above || above == desk->mount)
			return IS_OVER;
		desk->dentry = desk->head.mountpoint;
		note(desk, desk->dentry, 0);
		enter_mount(desk, above);
		return GOES_ON;
	}
	above = (u64)READ(struct dentry, desk->dentry, d_parent);
	note(desk, above, sequence_at(desk->dentry));
	if (!above || above == desk->dentry || desk->passed >= MAX_LEVELS)
		return IS_CUT;
	desk->passed++;
	desk->dentry = above;
	if (!desk->tells)
		return GOES_ON;
	add_level(desk, above, desk->head.sb);
	if (READ(struct dentry, above, d_flags) & dcache_mounted())
		note_flagged(desk, desk->mount, above);
	return GOES_ON;
}

#define MOST_STEPS 128

/* From the top of a mount to the root of all. @returns whether it got there */
INLINE int climb_on(struct desk *desk, u64 mount, u32 tells)
{
	int i, step = GOES_ON;

	enter_mount(desk, mount);
	desk->dentry = desk->head.top;
	desk->tells = tells;
	desk->passed = desk->first_levels;
	for (i = 0; i < MOST_STEPS && step == GOES_ON; i++)
		step = step_up(desk);
	return step == IS_OVER;
}

#endif
