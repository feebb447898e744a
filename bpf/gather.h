/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What there is to tell of one process. Everything is read as if it could vanish: a pointer is followed by loads that yield 0
 * where it leads nowhere, and nothing is locked. So what is read is believed only where the process, its program, directory
 * and terminal are the same afterwards. bpf_d_path is not called: it walks memory that exit(2) frees.
 */
#ifndef PLUMBLINE_GATHER_H
#define PLUMBLINE_GATHER_H

#include "record.h"

#define DEVPTS_SUPER_MAGIC 0x1cd1
#define N_TTY 0
#define ICANON 2
#define EXTPROC 0200000

/* The namespace whose numbers are told. */
struct view {
	u64 ns;
	u32 level;
};

/* What must not have changed at the end of a row. */
struct anchor {
	u64 start_ns;
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct file *exe;
	struct tty_struct *tty;
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/* As stat(2) encodes the kernel's own device numbers. */
INLINE u32 user_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

/* The place of one of its numbers in a struct pid; an upid is two words. */
INLINE u64 upid_at(u64 pid, u32 level)
{
	return pid + offset_of(struct pid, numbers) + (u64)level * 16;
}

/* The number that a process, group or session has in that namespace; 0 where it has none. */
INLINE u32 number_in(u64 pid, const struct view *view)
{
	u64 upid = upid_at(pid, view->level);

	if (!pid || READ(struct pid, pid, level) < view->level)
		return 0;
	return (u64)READ(struct upid, upid, ns) == view->ns ? READ(struct upid, upid, nr) : 0;
}

/* The innermost namespace of a process, and its level. */
INLINE struct view namespace_of(struct task_struct *task)
{
	u64 pid = (u64)READ(struct task_struct, task, thread_pid);
	struct view view = {};

	if (!pid)
		return view;
	view.level = READ(struct pid, pid, level);
	view.ns = (u64)READ(struct upid, upid_at(pid, view.level), ns);
	return view;
}

INLINE void gather_namespaces(struct row *row, struct task_struct *task)
{
	struct nsproxy *nsproxy = task->nsproxy;

	if (!nsproxy) {
		row->absent |= NO_NAMESPACES;
		return;
	}
	row->mnt_ns = nsproxy->mnt_ns->ns.inum;
	row->net_ns = nsproxy->net_ns->ns.inum;
	row->uts_ns = nsproxy->uts_ns->ns.inum;
	row->ipc_ns = nsproxy->ipc_ns->ns.inum;
	row->cgroup_ns = nsproxy->cgroup_ns->ns.inum;
	if (has(nsproxy->time_ns))
		row->time_ns = nsproxy->time_ns->ns.inum;
	else
		row->absent |= NO_TIME_NS;
}

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

#define FIRST_PTS_MAJOR 136
#define LAST_PTS_MAJOR 143

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

INLINE void gather_unread(struct row *row, struct tty_struct *tty)
{
	struct tty_ldisc_ops *ops = tty->ldisc->ops;
	u64 data = (u64)tty->disc_data;
	u64 head;

	if (!data || !ops || ops->num != N_TTY) {
		row->absent |= NO_UNREAD;
		return;
	}
	if ((row->lflag & ICANON) && !(row->lflag & EXTPROC))
		head = READ(struct n_tty_data, data, canon_head);
	else
		head = READ(struct n_tty_data, data, read_head);
	row->unread = head - READ(struct n_tty_data, data, read_tail);
}

INLINE void gather_terminal(struct row *row, struct tty_struct *tty, const struct view *view)
{
	struct tty_driver *driver;

	if (!tty) {
		row->absent |= NO_TTY_DEV | NO_TTY_STATE | NO_UNREAD;
		return;
	}
	driver = tty->driver;
	row->tty_nr = user_dev(((u32)driver->major << 20) | (u32)(driver->minor_start + tty->index));
	if (has(tty->ctrl.pgrp))
		row->tpgid = number_in((u64)READ(struct tty_struct, tty, ctrl.pgrp), view);
	else
		row->tpgid = number_in((u64)READ(struct tty_struct___v5, tty, pgrp), view);
	row->lflag = tty->termios.c_lflag;
	gather_unread(row, tty);
	gather_node(row, tty, driver->major);
}

INLINE void gather_program(struct row *row, struct file *exe)
{
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
	length = dentry->d_name.len;
	if (length == 0 || length > EXE_NAME)
		return;
	if (bpf_probe_read_kernel(row->exe_name, length, dentry->d_name.name))
		return;
	row->exe_name_bytes = length;
	row->absent &= ~NO_EXE_NAME;
}

/* As /proc/<pid>/stat sums it up: what is left of threads that have ended, and every thread that has not. */
INLINE void gather_cpu(struct row *row, struct signal_struct *signal)
{
	u64 sum = signal->sum_sched_runtime;
	u64 head = (u64)signal + offset_of(struct signal_struct, thread_head);
	u64 at = (u64)READ(struct signal_struct, signal, thread_head.next);
	int i;

	for (i = 0; i < MAX_THREADS && at && at != head; i++) {
		sum += READ(struct task_struct, at - offset_of(struct task_struct, thread_node), se.sum_exec_runtime);
		at = (u64)READ(struct list_head, at, next);
	}
	if (at == head)
		row->cpu_ns = sum;
	else
		row->absent |= NO_CPU;
}

INLINE u32 state_of(struct task_struct *task)
{
	struct task_struct___v5 *old = (void *)task;

	return has(task->__state) ? task->__state : (u32)old->state;
}

INLINE void gather(struct row *row, struct task_struct *task, const struct view *view, struct anchor *anchor)
{
	struct signal_struct *signal = task->signal;
	struct pid *pid = task->thread_pid;
	const struct cred *cred = task->real_cred;

	row->kind = ROW;
	anchor->start_ns = row->start_ns = task->start_boottime;
	row->pid = number_in((u64)READ(struct task_struct, task, thread_pid), view);
	row->ppid = number_in((u64)READ(struct signal_struct, task->real_parent->signal, pids[1]), view);
	row->pgid = number_in((u64)READ(struct signal_struct, signal, pids[2]), view);
	row->sid = number_in((u64)READ(struct signal_struct, signal, pids[3]), view);
	if (has(pid->ino))
		row->pidfs_ino = pid->ino;
	else
		row->absent |= NO_PIDFS_INO;
	row->state = state_of(task);
	row->exit_state = task->exit_state;
	row->flags = task->flags;
	row->threads = signal->nr_threads;
	row->uid = cred->uid.val;
	row->euid = cred->euid.val;
	row->user_ns = cred->user_ns->ns.inum;
	bpf_probe_read_kernel(row->comm, sizeof(row->comm), task->comm);
	row->pid_ns = READ(struct pid_namespace, namespace_of(task).ns, ns.inum);
	gather_namespaces(row, task);
	if (task->cgroups && task->cgroups->dfl_cgrp)
		row->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	else
		row->absent |= NO_CGROUP;
	anchor->tty = signal->tty;
	gather_terminal(row, anchor->tty, view);
	anchor->mm = task->mm;
	anchor->exe = anchor->mm ? anchor->mm->exe_file : 0;
	gather_program(row, anchor->exe);
	gather_cpu(row, signal);
	anchor->fs = task->fs;
	if (!anchor->fs) {
		row->absent |= NO_CWD;
		return;
	}
	anchor->mnt = anchor->fs->pwd.mnt;
	anchor->dentry = anchor->fs->pwd.dentry;
	row->cwd_links = anchor->dentry->d_inode->i_nlink;
}

/* Whether it is still what it was when the row was begun. */
INLINE int is_sound(struct task_struct *task, const struct anchor *anchor)
{
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;

	if (!task->thread_pid || task->start_boottime != anchor->start_ns)
		return 0;
	if (mm != anchor->mm || (mm && mm->exe_file != anchor->exe))
		return 0;
	if (task->signal->tty != anchor->tty || fs != anchor->fs)
		return 0;
	return !fs || (fs->pwd.mnt == anchor->mnt && fs->pwd.dentry == anchor->dentry);
}

#endif
