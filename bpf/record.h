/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What `sessions` writes: a header; for each process a row, the levels of its working directory, and a tail; at the end a
 * sentinel. All in the machine's byte order; src/kernel/bpf/task-record.ts reads it.
 */
#ifndef PLUMBLINE_RECORD_H
#define PLUMBLINE_RECORD_H

#include "kernel.h"

/* Goes up when anything below changes. */
#define LAYOUT 1

enum kind { HEADER = 0x504c4d42, ROW = 1, SENTINEL = 2 };

/* 48 bytes */
struct header {
	u32 kind;
	u32 layout;
	u32 row_bytes;
	u32 max_levels;
	u64 boot_ns;           /* CLOCK_BOOTTIME when the reading began */
	s64 time_offset_ns;    /* what the reader's time namespace adds to it */
	u32 pid_ns;            /* the reader's namespaces: it is their numbers that are told */
	u32 user_ns;
	u64 reserved;
};

/* The bits of row.absent: what this kernel does not have, or this process. */
enum absent {
	NO_PIDFS_INO = 1 << 0,
	NO_TTY_DEV = 1 << 1,   /* no pseudoterminal, or one whose node is gone: tty_dev and when it was used */
	NO_TTY_STATE = 1 << 2, /* no terminal: tpgid, lflag */
	NO_UNREAD = 1 << 3,    /* not in the usual line discipline, or it was being read */
	NO_EXE = 1 << 4,       /* a kernel thread, or ending: exe_dev, exe_ino */
	NO_EXE_NAME = 1 << 5,  /* the same, or longer than EXE_NAME */
	NO_CWD = 1 << 6,       /* ending: cwd_links, and there are no levels */
	NO_NAMESPACES = 1 << 7,/* ending: all but pid_ns and user_ns */
	NO_CGROUP = 1 << 8,
	NO_CPU = 1 << 9,       /* more than MAX_THREADS, or one of them has just ended */
	NO_TIME_NS = 1 << 10,  /* this kernel has no time namespaces */
};

#define EXE_NAME 64
#define MAX_LEVELS 96
#define MAX_THREADS 64

/* 248 bytes */
struct row {
	u32 kind;
	u32 absent;
	u64 start_ns;          /* CLOCK_BOOTTIME, without time_offset_ns */
	u64 pidfs_ino;
	u32 pid;               /* as the reader's pid namespace counts; 0 for those that it does not see */
	u32 ppid;
	u32 pgid;
	u32 sid;
	s32 tpgid;
	u32 tty_nr;
	u32 tty_dev;           /* the devpts instance, as stat(2) tells it */
	u32 state;             /* the kernel's bits */
	u32 exit_state;
	u32 flags;
	u32 threads;
	u32 uid;               /* real and effective, as the first user namespace counts */
	u32 euid;
	u32 exe_dev;
	u64 exe_ino;
	char comm[16];
	u32 mnt_ns, net_ns, pid_ns, user_ns, uts_ns, ipc_ns, cgroup_ns, time_ns;
	u64 cgroup_id;         /* in the default hierarchy */
	u64 cpu_ns;            /* all its threads, those too that have ended */
	s64 tty_read_seconds;  /* st_atime and st_mtime of the terminal's node */
	s64 tty_written_seconds;
	u32 unread;            /* bytes typed and not read, of whole lines where it hands over lines */
	u32 lflag;             /* c_lflag of termios(3) */
	u32 cwd_links;
	u32 exe_name_bytes;
	char exe_name[EXE_NAME];
};

/* 16 bytes; the working directory first, then what is above it, to the root */
struct level {
	u64 ino;
	u32 dev;
	u32 generation;
};

#define TAIL_DEV 0xffffffff

/* Looks like a level of a device that cannot be. */
struct tail {
	u32 levels;
	u32 verdict;
	u32 dev;               /* TAIL_DEV */
	u32 reserved;
};

enum verdict {
	SOUND = 1 << 0,        /* at the end of the row all that it hangs on was as at its begin: see struct anchor */
	CUT = 1 << 1,          /* more than MAX_LEVELS, or a directory that hangs on nothing */
	COVERED = 1 << 2,      /* something is mounted over one of the directories, or may be: `..` may lead elsewhere */
};

/* 24 bytes */
struct sentinel {
	u32 kind;
	u32 is_counted;        /* 0: the count was lost, and how many rows there were is not known */
	u64 rows;
	u64 boot_ns;
};

#endif
