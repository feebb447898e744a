/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The columns of a process in the text form, in their order.
 */
#ifndef PLUMBLINE_COLUMNS_H
#define PLUMBLINE_COLUMNS_H

#include "line.h"

/*
 * The longest line: 34 numbers with their tabs, of which 8 have 20 digits and a sign at most and the others 10; names and
 * files; the levels.
 */
_Static_assert(34 * 12 + 8 * 10 + 2 * 16 + 24 + 2 * EXE_NAME + 4 + 32 * MAX_LEVELS + 1 < LINE_BYTES, "a line fits");

INLINE u32 put_field(struct desk *desk, u32 at, u64 number)
{
	return put_byte(desk, put_number(desk, at, number), '\t');
}

INLINE u32 lacks(struct desk *desk, u32 bits)
{
	return desk->row.absent & bits;
}

/* Nothing where it is absent. */
INLINE u32 put_unless(struct desk *desk, u32 at, u32 absent, u64 number)
{
	if (!lacks(desk, absent))
		at = put_number(desk, at, number);
	at = put_byte(desk, at, '\t');
	FORGET();
	return at;
}

INLINE u32 put_seconds(struct desk *desk, u32 at, u32 absent, s64 seconds)
{
	if (!lacks(desk, absent))
		at = put_signed(desk, at, seconds);
	return put_byte(desk, at, '\t');
}

INLINE u64 ends_of(u64 word)
{
	return (word - BYTES(0x01)) & ~word & BYTES(0x80);
}

/* Up to its first NUL. */
INLINE u32 put_comm(struct desk *desk, u32 at)
{
	const u64 *words = (const u64 *)desk->row.comm;
	u32 length = bytes_below(ends_of(in_text_order(words[0])));

	if (length == 8)
		length += bytes_below(ends_of(in_text_order(words[1])));
	put_bytes(desk, at, desk->row.comm);
	put_bytes(desk, at + 16, desk->row.comm + 8);
	return put_byte(desk, at + 2 * length, '\t');
}

INLINE u32 put_exe(struct desk *desk, u32 at)
{
	const struct row *row = &desk->row;
	u32 length = row->exe_name_bytes, i;

	if (!lacks(desk, NO_EXE))
		at = put_file(desk, at, row->exe_dev, row->exe_ino);
	at = put_byte(desk, at, '\t');
	for (i = 0; i < EXE_NAME && i < length; i += 8)
		put_bytes(desk, at + 2 * i, row->exe_name + i);
	return put_byte(desk, at + 2 * length, '\t');
}

INLINE u32 put_each_namespace(struct desk *desk, u32 at)
{
	const struct row *row = &desk->row;

	at = put_unless(desk, at, NO_NAMESPACES, row->mnt_ns);
	at = put_unless(desk, at, NO_NAMESPACES, row->net_ns);
	at = put_field(desk, at, row->pid_ns);
	at = put_field(desk, at, row->user_ns);
	at = put_unless(desk, at, NO_NAMESPACES, row->uts_ns);
	at = put_unless(desk, at, NO_NAMESPACES, row->ipc_ns);
	at = put_unless(desk, at, NO_NAMESPACES, row->cgroup_ns);
	return put_unless(desk, at, NO_NAMESPACES | NO_TIME_NS, row->time_ns);
}

/* Makes the columns of namespaces, to be copied into every line with the same. */
__attribute__((noinline)) int make_namespaces(struct desk *desk)
{
	const struct row *row;
	u32 length;

	if (!desk)
		return 0;
	row = &desk->row;
	length = put_each_namespace(desk, WITHIN_LINE(*(volatile u32 *)&desk->line_start));
	desk->namespaces_length = length;
	desk->namespaces_absent = row->absent & (NO_NAMESPACES | NO_TIME_NS);
	__builtin_memcpy(desk->namespaces_of, &row->mnt_ns, sizeof(desk->namespaces_of));
	__builtin_memcpy(desk->namespaces, desk->line, sizeof(desk->namespaces));
	return 0;
}

INLINE int has_same_namespaces(struct desk *desk)
{
	const u64 *now = (const u64 *)&desk->row.mnt_ns, *then = (const u64 *)desk->namespaces_of;

	return desk->namespaces_length != 0 && lacks(desk, NO_NAMESPACES | NO_TIME_NS) == desk->namespaces_absent &&
	       ((now[0] ^ then[0]) | (now[1] ^ then[1]) | (now[2] ^ then[2]) | (now[3] ^ then[3])) == 0;
}

INLINE u32 put_namespaces(struct desk *desk, u32 at)
{
	int i;

	for (i = 0; i < NAMESPACES_BYTES / 8; i++)
		*(u64 *)&desk->line[WITHIN_LINE(at + 8 * i)] = desk->namespaces[i];
	return WITHIN_LINE(at + desk->namespaces_length);
}

/* The working directory and what is above it: 32 digits each, and nothing between them. */
__attribute__((noinline)) u32 put_levels(struct desk *desk, u32 at)
{
	u32 i;

	if (!desk)
		return 0;
	at = WITHIN_LINE(at);
	for (i = 0; i < MAX_LEVELS && i < desk->level_count; i++) {
		const struct level *level = &desk->levels[i];

		at = put_file(desk, at, level->dev, level->ino);
		put_word(desk, at, hex_digits(highest_first(level->generation)));
		at = WITHIN_LINE(at + 8);
	}
	return at;
}

INLINE u32 put_process(struct desk *desk)
{
	const struct row *row = &desk->row;
	/* From memory, so that the verifier takes it for any number: all paths look alike to it then. */
	u32 at = WITHIN_LINE(*(volatile u32 *)&desk->line_start);

	if (!has_same_namespaces(desk))
		make_namespaces(desk);
	at = put_field(desk, at, ROW);
	at = put_byte(desk, at, '\t');
	at = put_field(desk, at, row->pid);
	at = put_field(desk, at, row->start_ns);
	at = put_unless(desk, at, NO_PIDFS_INO, row->pidfs_ino);
	at = put_field(desk, at, row->ppid);
	at = put_field(desk, at, row->pgid);
	at = put_field(desk, at, row->sid);
	at = put_unless(desk, at, NO_TTY_STATE, row->tpgid);
	at = put_field(desk, at, row->tty_nr);
	at = put_unless(desk, at, NO_TTY_DEV, row->tty_dev);
	at = put_field(desk, at, row->state);
	at = put_field(desk, at, row->exit_state);
	at = put_field(desk, at, row->flags);
	at = put_field(desk, at, row->threads);
	at = put_field(desk, at, row->uid);
	at = put_field(desk, at, row->euid);
	at = put_comm(desk, at);
	at = put_exe(desk, at);
	at = put_namespaces(desk, at);
	at = put_unless(desk, at, NO_CGROUP, row->cgroup_id);
	at = put_unless(desk, at, NO_CPU, row->cpu_ns);
	at = put_seconds(desk, at, NO_TTY_DEV, row->tty_read_seconds);
	at = put_seconds(desk, at, NO_TTY_DEV, row->tty_written_seconds);
	at = put_unless(desk, at, NO_UNREAD, row->unread);
	at = put_unless(desk, at, NO_TTY_STATE, row->lflag);
	at = put_unless(desk, at, NO_CWD, row->cwd_links);
	at = put_field(desk, at, desk->verdict);
	at = put_field(desk, at, desk->level_count);
	at = WITHIN_LINE(put_levels(desk, at));
	return put_byte(desk, at, '\n');
}

#endif
