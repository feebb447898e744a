/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * How many rows a reading has had, and who reads.
 */
#ifndef PLUMBLINE_COUNTER_H
#define PLUMBLINE_COUNTER_H

#include "gather.h"

#define BPF_MAP_TYPE_LRU_HASH 9

/*
 * Rows written, by the number of the reading: the kernel gives each open of the iterator one of its own, and one thread at a
 * time reads it. Where more are open at once than there is room for, a count is lost, and the sentinel says so.
 */
struct {
	int (*type)[BPF_MAP_TYPE_LRU_HASH];
	int (*max_entries)[1024];
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

/* Who reads: numbers are told as its namespaces count. */
struct reader {
	s64 time_offset_ns;
	u32 pid_ns;
	u32 user_ns;
};

INLINE struct view reader_view(void)
{
	struct task_struct *reader = bpf_get_current_task_btf();

	return namespace_of(reader);
}

INLINE struct reader this_reader(const struct view *view)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct nsproxy *nsproxy = current->nsproxy;
	struct reader reader = {};

	reader.pid_ns = READ(struct pid_namespace, view->ns, ns.inum);
	reader.user_ns = current->real_cred->user_ns->ns.inum;
	if (has(nsproxy->time_ns))
		reader.time_offset_ns = nsproxy->time_ns->offsets.boottime.tv_sec * 1000000000LL +
					nsproxy->time_ns->offsets.boottime.tv_nsec;
	return reader;
}

#endif
