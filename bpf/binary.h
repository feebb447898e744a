/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * `sessions`: the form for plumb, with rows of bytes: see record.h.
 */
#ifndef PLUMBLINE_BINARY_H
#define PLUMBLINE_BINARY_H

#include "counter.h"
#include "reader.h"
#include "tell.h"

INLINE long write_header(struct seq_file *seq, struct desk *desk, struct task_struct *task)
{
	struct reader reader = reader_of(desk, task);
	struct header header = {
		.kind = HEADER,
		.layout = LAYOUT,
		.row_bytes = sizeof(struct row),
		.max_levels = MAX_LEVELS,
		.boot_ns = bpf_ktime_get_boot_ns(),
		.time_offset_ns = reader.time_offset_ns,
		.pid_ns = reader.pid_ns,
		.user_ns = reader.user_ns,
	};

	return bpf_seq_write(seq, &header, sizeof(header));
}

INLINE void write_sentinel(struct bpf_iter_meta *meta)
{
	struct sentinel sentinel = { .kind = SENTINEL, .boot_ns = bpf_ktime_get_boot_ns() };
	u64 *rows = count_of(meta);

	sentinel.is_counted = rows != 0;
	if (rows)
		sentinel.rows = *rows;
	if (!bpf_seq_write(meta->seq, &sentinel, sizeof(sentinel)))
		end_count(rows);
}

/* The row, its levels and the tail lie side by side on the desk. */
INLINE long write_record(struct seq_file *seq, struct desk *desk)
{
	struct tail tail = { .levels = desk->level_count, .verdict = desk->verdict, .dev = TAIL_DEV };
	u32 levels = tail.levels;

	if (levels > MAX_LEVELS)
		return -1;
	__builtin_memcpy(&desk->levels[levels], &tail, sizeof(tail));
	return bpf_seq_write(seq, desk, sizeof(struct row) + (levels + 1) * sizeof(struct level));
}

SEC("iter/task")
int sessions(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *found = ctx->task;
	struct task_struct *task, *reader;
	struct desk *desk;
	struct view view;

	if (!found) {
		write_sentinel(meta);
		return 0;
	}
	task = process_of(found);
	if (!task && meta->seq_num != 0)
		return 0;
	reader = bpf_get_current_task_btf();
	desk = desk_of(reader);
	if (!desk)
		return TRY_AGAIN;
	if (meta->seq_num == 0) {
		begin_count(meta);
		if (write_header(meta->seq, desk, reader))
			return 0;
	}
	if (!task || !count(meta))
		return 0;
	view = namespace_of(desk, reader->thread_pid);
	tell(desk, meta->session_id, found, task, &view);
	if (write_record(meta->seq, desk))
		count_back(meta);
	else
		remember_told(desk, meta->session_id);
	return 0;
}

#endif
