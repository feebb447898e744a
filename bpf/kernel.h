/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The few structures and fields of the kernel that are read here.
 *
 * Only the names count: where a field lies is filled in from the running kernel's BTF when the program is loaded (CO-RE), so
 * one object fits every kernel that has BTF. A struct with three underscores in its name is the same struct as it was in
 * other versions. A nested struct has to have a name of its own, else it is not found.
 */
#ifndef PLUMBLINE_KERNEL_H
#define PLUMBLINE_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define has(field) __builtin_preserve_field_info(field, 2) /* BPF_FIELD_EXISTS */
#define offset_of(type, field) __builtin_preserve_field_info(((type *)0)->field, 0) /* BPF_FIELD_BYTE_OFFSET */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head { struct list_head *next; };
struct ns_common { u32 inum; };
struct user_namespace { struct ns_common ns; };
struct pid_namespace { u32 level; struct ns_common ns; };
struct mnt_namespace { struct ns_common ns; u64 event; };
struct net { struct ns_common ns; };
struct uts_namespace { struct ns_common ns; };
struct ipc_namespace { struct ns_common ns; };
struct cgroup_namespace { struct ns_common ns; };
struct timespec64 { s64 tv_sec; long tv_nsec; };
struct timens_offsets { struct timespec64 boottime; };
struct time_namespace { struct timens_offsets offsets; struct ns_common ns; };
struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct cgroup_namespace *cgroup_ns;
	struct time_namespace *time_ns;
};

struct upid { int nr; struct pid_namespace *ns; };
/* ino: the inode of pidfs, since Linux 6.9 */
struct pid { u32 level; u64 ino; struct upid numbers[1]; };

struct kuid { u32 val; };
struct cred { struct kuid uid; struct kuid euid; struct user_namespace *user_ns; };

struct super_block { u32 s_dev; unsigned long s_magic; };
struct inode {
	unsigned long i_ino;
	u32 i_rdev;
	u32 i_nlink;
	u32 i_generation;
	struct super_block *i_sb;
	s64 i_atime_sec; /* since Linux 6.11 */
	s64 i_mtime_sec;
};
struct inode___v6_6 { struct timespec64 __i_atime; struct timespec64 __i_mtime; };
struct inode___v5 { struct timespec64 i_atime; struct timespec64 i_mtime; };
struct qstr { u32 len; const u8 *name; };
struct seqcount { u32 sequence; };
/* Has the lock too where the kernel is PREEMPT_RT: so it is larger there. */
struct seqcount_spinlock { struct seqcount seqcount; };
struct dentry {
	u32 d_flags;
	struct seqcount_spinlock d_seq;
	struct dentry *d_parent;
	struct inode *d_inode;
	struct super_block *d_sb;
	struct qstr d_name;
	void *d_fsdata;
};
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; };
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_mounts;
	struct list_head mnt_child;
	struct mnt_namespace *mnt_ns;
};
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct fs_struct { struct path pwd; };
struct file { struct path f_path; struct inode *f_inode; };
struct mm_struct { struct file *exe_file; unsigned long arg_start; unsigned long arg_end; };
struct vm_userfaultfd_ctx { void *ctx; };
struct vm_area_struct {
	unsigned long vm_end;
	struct file *vm_file;
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx; /* empty in kernels without userfaultfd(2) */
};

struct tty_driver { int major; int minor_start; };
struct tty_ldisc_ops { int num; };
struct tty_ldisc_ops___v5_12 { int magic; int num; };
struct tty_ldisc { struct tty_ldisc_ops *ops; };
struct ktermios { u32 c_lflag; };
struct tty_control { struct pid *pgrp; };
struct tty_struct {
	int index;
	struct tty_driver *driver;
	struct tty_ldisc *ldisc;
	struct ktermios termios;
	struct tty_control ctrl; /* since Linux 5.16 */
	void *disc_data;
	void *driver_data;
};
struct tty_struct___v5 { struct pid *pgrp; };
struct n_tty_data { unsigned long read_head; unsigned long canon_head; unsigned long read_tail; };

struct kernfs_node { u64 id; };
struct cgroup { struct kernfs_node *kn; };
struct css_set { struct cgroup *dfl_cgrp; };

struct sched_entity { u64 sum_exec_runtime; };
struct signal_struct {
	int nr_threads;
	struct list_head thread_head;
	struct pid *pids[4]; /* PID, TGID, PGID, SID */
	struct tty_struct *tty;
	unsigned long long sum_sched_runtime;
};
struct task_struct {
	u32 __state; /* since Linux 5.14 */
	u32 flags;
	int exit_state;
	int pid;
	int tgid;
	u64 start_boottime; /* since Linux 5.5 */
	char comm[16];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct list_head thread_node;
	struct sched_entity se;
	struct signal_struct *signal;
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	const struct cred *real_cred;
};
struct task_struct___v5 { long state; };

struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; u64 session_id; u64 seq_num; };
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };

#pragma clang attribute pop

/* A macro of 0x10000 until it became this enum. */
enum dentry_flags { DCACHE_MOUNTED = 0x8000 };
#define dcache_mounted() \
	(__builtin_preserve_enum_value(*(enum dentry_flags *)DCACHE_MOUNTED, 0) ? \
		(u32)__builtin_preserve_enum_value(*(enum dentry_flags *)DCACHE_MOUNTED, 1) : 0x10000u)

#endif
