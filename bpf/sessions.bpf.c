/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Every process of the machine, told by the kernel to whoever reads: an iterator for plumb, with rows of bytes (record.h).
 *
 * Nothing that it writes to is shared: a row is made on the stack and goes to the reader's own seq_file. Several may read at
 * once. Every process gives a row; one that could not be read soundly is marked so, and never left out.
 */
#include "climb.h"
#include "counter.h"

INLINE long write_level(struct seq_file *seq, const struct climb *climb, struct tail *tail)
{
	struct level level = level_at(climb);

	tail->levels++;
	return bpf_seq_write(seq, &level, sizeof(level));
}

/* One level of a working directory after the other; then what was found of them. */
INLINE long write_levels(struct seq_file *seq, const struct anchor *anchor, struct tail *tail)
{
	struct climb climb = {};
	int i;

	begin_climb(&climb, anchor);
	if (write_level(seq, &climb, tail))
		return -1;
	for (i = 0; i < MOST_STEPS && !climb.is_over; i++)
		if (climb_on(&climb) && write_level(seq, &climb, tail))
			return -1;
	tail->verdict = verdict_of(&climb);
	return 0;
}

/* Each has a stack of its own, so that the largest decides and not the sum of them. */
#define NOINLINE static __attribute__((noinline))

NOINLINE long write_chain(struct seq_file *seq, struct task_struct *task, const struct anchor *anchor)
{
	struct tail tail = { .dev = TAIL_DEV };

	if (anchor->fs && write_levels(seq, anchor, &tail))
		return -1;
	if (is_sound(task, anchor))
		tail.verdict |= SOUND;
	return bpf_seq_write(seq, &tail, sizeof(tail));
}

NOINLINE long write_row(struct seq_file *seq, struct task_struct *task, const struct view *view, struct anchor *anchor)
{
	struct row row = {};

	gather(&row, task, view, anchor);
	return bpf_seq_write(seq, &row, sizeof(row));
}

NOINLINE long write_header(struct seq_file *seq, const struct view *view)
{
	struct reader reader = this_reader(view);
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

NOINLINE void write_sentinel(struct seq_file *seq, struct bpf_iter_meta *meta)
{
	struct sentinel sentinel = { .kind = SENTINEL, .boot_ns = bpf_ktime_get_boot_ns() };

	sentinel.is_counted = counted(meta, &sentinel.rows);
	if (!bpf_seq_write(seq, &sentinel, sizeof(sentinel)))
		forget(meta);
}

SEC("iter/task")
int sessions(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *task = ctx->task;
	struct anchor anchor = {};
	struct view view;

	if (!task) {
		write_sentinel(meta->seq, meta);
		return 0;
	}
	view = reader_view();
	if (meta->seq_num == 0) {
		begin_count(meta);
		if (write_header(meta->seq, &view))
			return 0;
	}
	if (task->pid != task->tgid)
		return 0;
	if (!write_row(meta->seq, task, &view, &anchor) && !write_chain(meta->seq, task, &anchor))
		count(meta);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
