/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The file that a process runs.
 */
#ifndef PLUMBLINE_PROGRAM_H
#define PLUMBLINE_PROGRAM_H

#include "desk.h"

/* Goes up whenever a name or a directory is renamed; odd while it is. */
INLINE u32 sequence_of(struct dentry *dentry)
{
	return *(volatile u32 *)&dentry->d_seq.seqcount.sequence;
}

INLINE void gather_program(struct desk *desk, struct file *exe)
{
	struct row *row = &desk->row;
	struct inode *inode;
	struct dentry *dentry;
	u32 length;

	row->absent |= NO_EXE | NO_EXE_NAME;
	if (!exe)
		return;
	inode = exe->f_inode;
	if (!inode)
		return;
	row->exe_dev = user_dev(inode->i_sb->s_dev);
	row->exe_ino = inode->i_ino;
	row->absent &= ~NO_EXE;
	dentry = exe->f_path.dentry;
	desk->exe_sequence = sequence_of(dentry);
	length = dentry->d_name.len;
	if (length == 0 || length > EXE_NAME)
		return;
	if (bpf_probe_read_kernel(row->exe_name, length, dentry->d_name.name))
		return;
	row->exe_name_bytes = length;
	row->absent &= ~NO_EXE_NAME;
}

#endif
