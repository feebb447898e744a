/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * `sessions_text`: the form for file_fdw of Postgres. A line a process, 38 columns with a tab between two of them, and in them
 * nothing but digits, a to f, and a minus sign: no name can be mistaken for the end of a field, a line or the table. A field
 * that is absent is empty. The columns, in the order of put_process(): kind (0 the header, 1 a process, 2 the end), number (of
 * the layout; of the rows, and empty where the count was lost), then those of struct row, the verdict, and the levels.
 */
#ifndef PLUMBLINE_TEXT_H
#define PLUMBLINE_TEXT_H

#include "columns.h"
#include "counter.h"
#include "reader.h"
#include "tell.h"

#define TABS_14 "\t\t\t\t\t\t\t\t\t\t\t\t\t\t"
#define TABS_19 TABS_14 "\t\t\t\t\t"
#define TABS_34 TABS_19 TABS_14 "\t"

static const char header_line[] = "0\t%llu\t\t%llu" TABS_19 "%llu\t%llu" TABS_14 "\n";
static const char counted_line[] = "2\t%llu\t\t%llu" TABS_34 "\n";
static const char uncounted_line[] = "2\t\t\t%llu" TABS_34 "\n";

INLINE long write_header_line(struct seq_file *seq, struct desk *desk, struct task_struct *task)
{
	struct reader reader = reader_of(desk, task);
	u64 numbers[] = { LAYOUT, bpf_ktime_get_boot_ns(), reader.pid_ns, reader.user_ns };

	return bpf_seq_printf(seq, header_line, sizeof(header_line), numbers, sizeof(numbers));
}

INLINE void write_end_line(struct bpf_iter_meta *meta)
{
	u64 *rows = count_of(meta);
	u64 numbers[] = { rows ? *rows : 0, bpf_ktime_get_boot_ns() };
	long failed;

	if (rows)
		failed = bpf_seq_printf(meta->seq, counted_line, sizeof(counted_line), numbers, sizeof(numbers));
	else
		failed = bpf_seq_printf(meta->seq, uncounted_line, sizeof(uncounted_line), &numbers[1], sizeof(u64));
	if (!failed)
		end_count(rows);
}

SEC("iter/task")
int sessions_text(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *found = ctx->task;
	struct task_struct *task, *reader;
	struct desk *desk;
	struct view view;

	if (!found) {
		write_end_line(meta);
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
		if (write_header_line(meta->seq, desk, reader))
			return 0;
	}
	if (!task || !count(meta))
		return 0;
	view = namespace_of(desk, reader->thread_pid);
	tell(desk, meta->session_id, found, task, &view);
	FORGET();
	if (bpf_seq_write(meta->seq, desk->line, put_process(desk)))
		count_back(meta);
	else
		remember_told(desk, meta->session_id);
	return 0;
}

#endif
