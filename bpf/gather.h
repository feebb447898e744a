/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What there is to tell of one process. Everything is read as if it could vanish: a pointer is followed by loads that yield 0
 * where it leads nowhere, and nothing is locked. So what is read is believed only where the process, its program, directory,
 * terminal, group, session and namespaces are the same afterwards. bpf_d_path is not called: it walks memory that exit(2) frees.
 */
#ifndef PLUMBLINE_GATHER_H
#define PLUMBLINE_GATHER_H

#include "processor.h"
#include "program.h"
#include "terminal.h"
#include "trace.h"

/* What a row hangs on. It is taken before all else, and must not have changed at the end. */
struct anchor {
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct file *exe;
	struct tty_struct *tty;
	struct pid *foreground;
	struct pid *group;
	struct pid *session;
	struct nsproxy *nsproxy;
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/* Read in any case: where there is no fs_struct or terminal they are null, and for the verifier pointers all the same. */
INLINE void take_anchor(struct task_struct *task, struct anchor *anchor)
{
	struct signal_struct *signal = task->signal;

	anchor->group = signal->pids[2];
	anchor->session = signal->pids[3];
	anchor->tty = signal->tty;
	anchor->foreground = foreground_of(anchor->tty);
	anchor->nsproxy = task->nsproxy;
	anchor->mm = task->mm;
	anchor->exe = anchor->mm->exe_file;
	anchor->fs = task->fs;
	anchor->mnt = anchor->fs->pwd.mnt;
	anchor->dentry = anchor->fs->pwd.dentry;
}

INLINE void gather_namespaces(struct row *row, struct nsproxy *nsproxy)
{
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

INLINE u32 state_of(struct task_struct *task)
{
	struct task_struct___v5 *old = (void *)task;

	return has(task->__state) ? task->__state : (u32)old->state;
}

INLINE void gather_numbers(struct desk *desk, struct task_struct *task, const struct view *view,
			   const struct anchor *anchor)
{
	struct row *row = &desk->row;
	/* Not that of the task, which changes where another thread takes its place. */
	struct pid *pid = task->signal->pids[1];

	row->pid = number_in(desk, pid, view);
	row->ppid = number_in(desk, task->real_parent->signal->pids[1], view);
	row->pgid = number_in(desk, anchor->group, view);
	row->sid = number_in(desk, anchor->session, view);
	row->pid_ns = pid_ns_of(desk, pid);
	if (has(pid->ino))
		row->pidfs_ino = pid->ino;
	else
		row->absent |= NO_PIDFS_INO;
}

INLINE void gather_control_group(struct row *row, struct css_set *cgroups)
{
	struct kernfs_node *node = cgroups->dfl_cgrp->kn;

	if (node)
		row->cgroup_id = node->id;
	else
		row->absent |= NO_CGROUP;
}

#define TOUCH(value) asm volatile("" : : "r"(value))

/*
 * What is read of a process lies in a score of places, and nearly none of them is in a cache where there are thousands of
 * processes. So all are asked for at once, first those that the task leads to, then those behind: the waits overlap.
 */
INLINE void fetch(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct pid *pid = task->thread_pid;
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;
	const struct cred *cred = task->real_cred;
	struct file *exe;

	TOUCH(task->cgroups);
	TOUCH(task->nsproxy);
	TOUCH(task->se.sum_exec_runtime);
	TOUCH(task->exit_state);
	TOUCH(task->start_boottime);
	TOUCH(task->real_parent);
	exe = mm->exe_file;
	TOUCH(pid->numbers[0].nr);
	TOUCH(signal->nr_threads);
	TOUCH(signal->pids[2]);
	TOUCH(signal->sum_sched_runtime);
	TOUCH(cred->uid.val);
	TOUCH(cred->user_ns);
	TOUCH(fs->pwd.dentry);
	if (exe)
		TOUCH(exe->f_inode);
}

INLINE void gather(struct desk *desk, struct task_struct *task, const struct view *view, struct anchor *anchor)
{
	struct row *row = &desk->row;
	const struct cred *cred = task->real_cred;

	fetch(task);
	take_anchor(task, anchor);
	order_loads(desk);
	__builtin_memset(row, 0, sizeof(*row));
	row->kind = ROW;
	row->start_ns = task->start_boottime;
	gather_numbers(desk, task, view, anchor);
	FORGET();
	row->state = state_of(task);
	row->exit_state = task->exit_state;
	row->flags = task->flags;
	row->uid = cred->uid.val;
	row->euid = cred->euid.val;
	row->user_ns = cred->user_ns->ns.inum;
	bpf_probe_read_kernel(row->comm, sizeof(row->comm), task->comm);
	gather_namespaces(row, anchor->nsproxy);
	FORGET();
	gather_control_group(row, task->cgroups);
	FORGET();
	gather_terminal(desk, anchor->tty, anchor->foreground, view);
	FORGET();
	gather_program(desk, anchor->exe);
	FORGET();
	gather_cpu(desk, task, task->signal);
	FORGET();
	if (anchor->fs)
		row->cwd_links = anchor->dentry->d_inode->i_nlink;
	else
		row->absent |= NO_CWD;
	FORGET();
}

/* Whether the name of its program was, and is, nobody's to change. */
INLINE int is_same_program(struct desk *desk, struct file *exe)
{
	return !exe || (!(desk->exe_sequence & 1) && sequence_of(exe->f_path.dentry) == desk->exe_sequence);
}

/* Whether it is still what it was when the row was begun. What it has let go of may have been freed, and be another's. */
INLINE int is_sound(struct desk *desk, struct task_struct *task, const struct anchor *anchor)
{
	struct signal_struct *signal = task->signal;
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;

	if (!task->thread_pid || task->start_boottime != desk->row.start_ns)
		return 0;
	if (mm != anchor->mm || (mm && mm->exe_file != anchor->exe) || !is_same_program(desk, anchor->exe))
		return 0;
	if (signal->pids[2] != anchor->group || signal->pids[3] != anchor->session || task->nsproxy != anchor->nsproxy)
		return 0;
	if (signal->tty != anchor->tty || foreground_of(signal->tty) != anchor->foreground || fs != anchor->fs)
		return 0;
	return !fs || (fs->pwd.mnt == anchor->mnt && fs->pwd.dentry == anchor->dentry);
}

#endif
