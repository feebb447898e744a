/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * How many rows a reading has had.
 */
#ifndef PLUMBLINE_COUNTER_H
#define PLUMBLINE_COUNTER_H

#include "helpers.h"

/*
 * Rows written, by the number of the reading: the kernel gives each open of an iterator one of its own, and one thread at a
 * time reads it. What readers leave behind that stop in the middle is thrown out by later ones. Each CPU puts 128 places by
 * for itself (LOCAL_FREE_TARGET), so there are many. Where a count is lost, the sentinel says so.
 */
struct {
	int (*type)[BPF_MAP_TYPE_LRU_HASH];
	int (*max_entries)[8192];
	u64 *key;
	u64 *value;
} rows_written SEC(".maps");

INLINE void begin_count(struct bpf_iter_meta *meta)
{
	u64 reading = meta->session_id, none = 0;

	bpf_map_update_elem(&rows_written, &reading, &none, 0);
}

/* After the last write of a row: one that does not fit is written again, from its begin. */
INLINE void count(struct bpf_iter_meta *meta)
{
	u64 reading = meta->session_id;
	u64 *rows = bpf_map_lookup_elem(&rows_written, &reading);

	if (rows)
		++*rows;
}

INLINE u32 counted(struct bpf_iter_meta *meta, u64 *count)
{
	u64 reading = meta->session_id;
	u64 *rows = bpf_map_lookup_elem(&rows_written, &reading);

	if (!rows)
		return 0;
	*count = *rows;
	return 1;
}

INLINE void forget(struct bpf_iter_meta *meta)
{
	u64 reading = meta->session_id;

	bpf_map_delete_elem(&rows_written, &reading);
}

#endif
