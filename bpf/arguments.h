/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * `arguments_text`: the command lines of those that may be sessions: that have a terminal, or run an interpreter. Lines as in
 * text.h, with seven columns: kind, number, pid, start_ns, exe, whole, argv. Memory of a process may have to be fetched from
 * a disk, so this program may sleep: since Linux 5.18.
 */
#ifndef PLUMBLINE_ARGUMENTS_H
#define PLUMBLINE_ARGUMENTS_H

#include "text.h"

/* A power of two: more of a command line is not told. */
#define MOST_ARGUMENT_BYTES 1024
_Static_assert(MOST_ARGUMENT_BYTES <= MAX_LEVELS * sizeof(struct level), "arguments lie where levels do otherwise");
_Static_assert(4 * 22 + 24 + 4 + 2 * MOST_ARGUMENT_BYTES < LINE_BYTES, "a line fits");

#define WORD(text) (((union { char bytes[8]; u64 word; }){ text }).word)
/* Of a word that memory has the first byte of in front. */
#define STARTS_WITH(word, text) \
	((in_text_order((word) ^ WORD(text)) & (sizeof(text) > 8 ? ~0ULL : (1ULL << (sizeof(text) - 1) % 8 * 8) - 1)) == 0)

/* What runs a script, by whose arguments one knows what it is. */
INLINE int is_interpreter(struct task_struct *leader)
{
	u64 comm = 0;

	bpf_probe_read_kernel(&comm, sizeof(comm), leader->comm);
	return STARTS_WITH(comm, "node") || STARTS_WITH(comm, "bun") || STARTS_WITH(comm, "deno") ||
	       STARTS_WITH(comm, "python") || STARTS_WITH(comm, "ruby") || STARTS_WITH(comm, "perl") ||
	       STARTS_WITH(comm, "ld-") || STARTS_WITH(comm, "MainThre");
}

/* Where the arguments lie, and whether they may be asked for. */
struct arguments {
	u64 start;
	u64 end;
	u32 is_ordinary;
	u32 reserved;
};

/* Memory that is a file's may be one of FUSE, and other memory one of userfaultfd: whoever serves it could let us wait. */
#define UNUSED __attribute__((unused))

static long judge_memory(struct task_struct *task UNUSED, struct vm_area_struct *area, struct arguments *arguments)
{
	if (area->vm_file || area->vm_end < arguments->end)
		return 0;
	if (has(area->vm_userfaultfd_ctx.ctx) && area->vm_userfaultfd_ctx.ctx)
		return 0;
	arguments->is_ordinary = 1;
	return 0;
}

/* @returns how many bytes of them lie on the desk */
INLINE u32 fetch_arguments(struct desk *desk, struct task_struct *task, u32 *whole)
{
	struct mm_struct *mm = task->mm;
	struct arguments arguments = { .start = mm->arg_start, .end = mm->arg_end };
	char *bytes = (char *)desk->levels;
	u64 length = arguments.end - arguments.start;

	*whole = 0;
	if (length == 0 || length > (1 << 30) || bpf_find_vma(task, arguments.start, judge_memory, &arguments, 0))
		return 0;
	if (!arguments.is_ordinary)
		return 0;
	*whole = length <= MOST_ARGUMENT_BYTES;
	if (!*whole)
		length = MOST_ARGUMENT_BYTES;
	if (length == 0 || length > MOST_ARGUMENT_BYTES)
		return 0;
	if (bpf_copy_from_user_task(bytes, length, (const void *)arguments.start, task, 0)) {
		*whole = 0;
		return 0;
	}
	/* Where a program has written its title over its arguments and beyond, /proc tells more. */
	if (bytes[(length - 1) & (MOST_ARGUMENT_BYTES - 1)])
		*whole = 0;
	return length;
}

/* Two digits a byte. */
__attribute__((noinline)) u32 put_arguments(struct desk *desk, u32 at, u32 length)
{
	u32 i;

	if (!desk)
		return 0;
	for (i = 0; i < MOST_ARGUMENT_BYTES && i < length; i += 8)
		put_bytes(desk, at + 2 * i, (const char *)desk->levels + i);
	return WITHIN_LINE(at + 2 * length);
}

/* A line for one process. @returns its length */
INLINE u32 put_command(struct desk *desk, struct task_struct *task, struct task_struct *leader, const struct view *view)
{
	struct mm_struct *mm = task->mm;
	struct file *exe = mm->exe_file;
	struct row *row = &desk->row;
	u32 at, length, whole;

	row->absent = 0;
	row->pid = number_in(desk, leader->signal->pids[1], view);
	row->start_ns = leader->start_boottime;
	gather_program(desk, exe);
	length = fetch_arguments(desk, task, &whole);
	order_loads(desk);
	if (task->mm != mm || mm->exe_file != exe) {
		row->absent |= NO_EXE;
		length = whole = 0;
	}
	FORGET();
	at = WITHIN_LINE(*(volatile u32 *)&desk->line_start);
	at = put_field(desk, at, ROW);
	at = put_byte(desk, at, '\t');
	at = put_field(desk, at, row->pid);
	at = put_field(desk, at, row->start_ns);
	if (!lacks(desk, NO_EXE))
		at = put_file(desk, at, row->exe_dev, row->exe_ino);
	at = put_byte(desk, at, '\t');
	at = put_field(desk, at, whole);
	at = WITHIN_LINE(put_arguments(desk, at, length));
	return put_byte(desk, at, '\n');
}

static const char arguments_header[] = "0\t%llu\t\t%llu\t\t\t\n";
static const char arguments_end[] = "2\t%llu\t\t%llu\t\t\t\n";
static const char arguments_end_uncounted[] = "2\t\t\t%llu\t\t\t\n";

INLINE long write_arguments_header(struct seq_file *seq)
{
	u64 numbers[] = { LAYOUT, bpf_ktime_get_boot_ns() };

	return bpf_seq_printf(seq, arguments_header, sizeof(arguments_header), numbers, sizeof(numbers));
}

INLINE void write_arguments_end(struct bpf_iter_meta *meta)
{
	u64 *rows = count_of(meta);
	u64 numbers[] = { rows ? *rows : 0, bpf_ktime_get_boot_ns() };
	long failed;

	if (rows)
		failed = bpf_seq_printf(meta->seq, arguments_end, sizeof(arguments_end), numbers, sizeof(numbers));
	else
		failed = bpf_seq_printf(meta->seq, arguments_end_uncounted, sizeof(arguments_end_uncounted), &numbers[1],
					sizeof(u64));
	if (!failed)
		end_count(rows);
}

SEC("iter.s/task")
int arguments_text(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *task = ctx->task, *reader, *leader;
	struct desk *desk;
	struct view view;

	if (!task) {
		write_arguments_end(meta);
		return 0;
	}
	if (meta->seq_num == 0) {
		begin_count(meta);
		if (write_arguments_header(meta->seq))
			return 0;
	}
	leader = process_of(task);
	if (!leader || (!task->signal->tty && !is_interpreter(leader)))
		return 0;
	reader = bpf_get_current_task_btf();
	desk = desk_of(reader);
	if (!desk)
		return TRY_AGAIN;
	if (!count(meta))
		return 0;
	view = namespace_of(desk, reader->thread_pid);
	if (bpf_seq_write(meta->seq, desk->line, put_command(desk, task, leader, &view)))
		count_back(meta);
	return 0;
}

#endif
