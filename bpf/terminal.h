/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The terminal of a process: which, who is in front of it, when it was used, and what is typed and not read.
 */
#ifndef PLUMBLINE_TERMINAL_H
#define PLUMBLINE_TERMINAL_H

#include "numbers.h"

#define DEVPTS_SUPER_MAGIC 0x1cd1
#define FIRST_PTS_MAJOR 136
#define LAST_PTS_MAJOR 143
#define N_TTY 0
#define ICANON 2
#define EXTPROC 0200000

/* When a terminal was used, which the kernel notes in whole seconds: see tty_update_time(). */
INLINE void gather_node_times(struct row *row, u64 inode)
{
	struct inode *now = 0;
	struct inode___v6_6 *before = 0;
	s64 read, written;

	if (has(now->i_atime_sec)) {
		read = READ(struct inode, inode, i_atime_sec);
		written = READ(struct inode, inode, i_mtime_sec);
	} else if (has(before->__i_atime)) {
		read = READ(struct inode___v6_6, inode, __i_atime.tv_sec);
		written = READ(struct inode___v6_6, inode, __i_mtime.tv_sec);
	} else {
		read = READ(struct inode___v5, inode, i_atime.tv_sec);
		written = READ(struct inode___v5, inode, i_mtime.tv_sec);
	}
	row->tty_read_seconds = read;
	row->tty_written_seconds = written;
}

/* The node of a pseudoterminal is what its driver keeps, and is believed as long as it leads back to the terminal. */
INLINE void gather_node(struct row *row, struct tty_struct *tty, int major)
{
	u64 node = (u64)tty->driver_data;
	u64 inode, sb;

	row->absent |= NO_TTY_DEV;
	if (major < FIRST_PTS_MAJOR || major > LAST_PTS_MAJOR || READ(struct dentry, node, d_fsdata) != (void *)tty)
		return;
	inode = (u64)READ(struct dentry, node, d_inode);
	sb = (u64)READ(struct dentry, node, d_sb);
	if (!inode || READ(struct super_block, sb, s_magic) != DEVPTS_SUPER_MAGIC)
		return;
	row->tty_dev = user_dev(READ(struct super_block, sb, s_dev));
	gather_node_times(row, inode);
	row->absent &= ~NO_TTY_DEV;
}

/* More than so much the usual line discipline does not keep. */
#define N_TTY_BUF_SIZE 4096

/*
 * As FIONREAD counts, but for an end of file that was typed and not read: it counts as a byte. Both numbers only grow, but
 * where all is thrown away: while nothing was read, and within what can be, they belong together.
 */
INLINE void gather_unread(struct row *row, struct tty_struct *tty)
{
	struct tty_ldisc_ops *ops = tty->ldisc->ops;
	u64 data = (u64)tty->disc_data;
	u64 head, tail;

	row->absent |= NO_UNREAD;
	if (!data || !ops || ops->num != N_TTY)
		return;
	tail = READ(struct n_tty_data, data, read_tail);
	if ((row->lflag & ICANON) && !(row->lflag & EXTPROC))
		head = READ(struct n_tty_data, data, canon_head);
	else
		head = READ(struct n_tty_data, data, read_head);
	if (READ(struct n_tty_data, data, read_tail) != tail || head - tail > N_TTY_BUF_SIZE)
		return;
	row->unread = head - tail;
	row->absent &= ~NO_UNREAD;
}

INLINE struct pid *foreground_of(struct tty_struct *tty)
{
	struct tty_struct___v5 *old = (void *)tty;

	return has(tty->ctrl.pgrp) ? tty->ctrl.pgrp : old->pgrp;
}

INLINE void gather_terminal(struct desk *desk, struct tty_struct *tty, struct pid *foreground, const struct view *view)
{
	struct row *row = &desk->row;
	struct tty_driver *driver;

	if (!tty) {
		row->absent |= NO_TTY_DEV | NO_TTY_STATE | NO_UNREAD;
		return;
	}
	driver = tty->driver;
	row->tty_nr = user_dev(((u32)driver->major << 20) | (u32)(driver->minor_start + tty->index));
	row->tpgid = number_in(desk, foreground, view);
	row->lflag = tty->termios.c_lflag;
	gather_unread(row, tty);
	gather_node(row, tty, driver->major);
}

#endif
