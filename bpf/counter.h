/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * How many rows a reading has had, and whether it is over.
 */
#ifndef PLUMBLINE_COUNTER_H
#define PLUMBLINE_COUNTER_H

#include "helpers.h"

/*
 * Rows written, by the number of the reading: the kernel gives each open of an iterator one of its own, and one thread at a
 * time reads it. Those that are over, or were left in the middle, are thrown out by later ones. Each CPU puts 128 places by
 * for itself (LOCAL_FREE_TARGET), so there are many. Where a count is lost, the sentinel says so.
 */
struct {
	int (*type)[BPF_MAP_TYPE_LRU_HASH];
	int (*max_entries)[8192];
	u64 *key;
	u64 *value;
} rows_written SEC(".maps");

/*
 * Who reads on after the end, to see that it is the end, makes the kernel look for processes once more, behind the last: one
 * that was born since would be told behind the sentinel.
 */
#define IS_OVER_NOW (~0ULL)

INLINE void begin_count(struct bpf_iter_meta *meta)
{
	u64 reading = meta->session_id, none = 0;

	bpf_map_update_elem(&rows_written, &reading, &none, 0);
}

/* @returns where this reading is counted; 0 where that is lost */
INLINE u64 *count_of(struct bpf_iter_meta *meta)
{
	u64 reading = meta->session_id;

	return bpf_map_lookup_elem(&rows_written, &reading);
}

/*
 * Counts a row before it is made: the pointer is not needed any longer then, and the verifier has one way less to follow.
 * @returns 0 where this reading is over, and nothing is to be told
 */
INLINE int count(struct bpf_iter_meta *meta)
{
	u64 *rows = count_of(meta);

	if (!rows)
		return 1;
	if (*rows == IS_OVER_NOW)
		return 0;
	++*rows;
	return 1;
}

/* One that does not fit any more is made again when there is room. */
INLINE void count_back(struct bpf_iter_meta *meta)
{
	u64 *rows = count_of(meta);

	if (rows)
		--*rows;
}

/* After the sentinel. */
INLINE void end_count(u64 *rows)
{
	if (rows)
		*rows = IS_OVER_NOW;
}

#endif
