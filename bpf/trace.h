/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What a way upwards depends on, in one number, so that two ways can be compared; and where something is mounted on it.
 */
#ifndef PLUMBLINE_TRACE_H
#define PLUMBLINE_TRACE_H

#include "desk.h"

/* An odd number without a pattern. */
#define MIX 0x9e3779b97f4a7c15ULL

/* What the way depends on. */
INLINE void note(struct desk *desk, u64 address, u32 sequence)
{
	desk->is_moving |= sequence & 1;
	desk->trace = ((desk->trace + address) * MIX) ^ sequence;
}

__attribute__((noinline)) int note_flagged(struct desk *desk, u64 mount, u64 dentry)
{
	u32 place;

	if (!desk)
		return 0;
	place = desk->flagged++;
	if (place == 0) {
		desk->flagged_dentry[0] = dentry;
		desk->flagged_mount[0] = mount;
	} else if (place == 1) {
		desk->flagged_dentry[1] = dentry;
		desk->flagged_mount[1] = mount;
	}
	return 0;
}

/* A load that follows is not taken before one that stands above, on whatever processor. */
INLINE void order_loads(struct desk *desk)
{
	(void)__sync_lock_test_and_set(&desk->address, 0);
}

#endif
