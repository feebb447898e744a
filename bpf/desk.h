/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Where a row is made: memory that belongs to the task that reads, so that nobody else writes to it.
 */
#ifndef PLUMBLINE_DESK_H
#define PLUMBLINE_DESK_H

#include "helpers.h"
#include "record.h"

/* The longest line of text has less: see text.h. */
#define LINE_BYTES 4096
/* Words are stored whole, and what is too much of the last one is overwritten. */
#define LINE_SLACK 64

/* What the way up needs of a mount. */
struct mount_head {
	u64 parent;
	u64 mountpoint;
	u64 top;
	u64 sb;
};

/* Eight columns of ten digits and a tab. */
#define NAMESPACES_BYTES 88

struct desk {
	struct row row;
	/* Behind the last one, the tail. */
	struct level levels[MAX_LEVELS + 1];
	/* The last process that was told, and in which reading. */
	u64 last_reading;
	u32 last_pid;
	u32 reserved;
	/* A pointer that is written here and read again is a number, with which one may count. */
	u64 address;
	/* What was passed on the way up, all in one number: see climb.h. */
	u64 trace;
	/* Where the way up stands beyond the first mount: addresses. */
	u64 dentry;
	u64 mount;
	struct mount_head head;
	/* A mount above which there is nothing, and the count of changes in its namespace at which this was so: see climb.h. */
	u64 top_mount;
	u64 top_event;
	u32 tells;
	/* Levels passed, this time; and those that were told. */
	u32 passed;
	u32 level_count;
	u32 is_moving;
	/* How many of them are in the mount of the working directory itself. */
	u32 first_levels;
	u32 verdict;
	/* Directories on which something is mounted, in whatever namespace. */
	u32 flagged;
	/* Of renames of the program's file. */
	u32 exe_sequence;
	u64 flagged_dentry[2];
	u64 flagged_mount[2];
	/* Always 0. */
	u32 line_start;
	/* The columns of namespaces as they were put last, for which namespaces, and what was absent: most are the same again. */
	u32 namespaces_length;
	u32 namespaces_absent;
	u32 namespaces_of[8];
	u64 namespaces[NAMESPACES_BYTES / 8];
	char line[LINE_BYTES + LINE_SLACK];
};

/* A per-CPU buffer would not do: where the kernel may be interrupted, another reader could come to the same CPU. */
struct {
	int (*type)[BPF_MAP_TYPE_TASK_STORAGE];
	int (*map_flags)[BPF_F_NO_PREALLOC];
	int *key;
	struct desk *value;
} desks SEC(".maps");

/* @returns 0 where the kernel has no memory, or is at it already on this CPU: then the read has to be tried again */
INLINE struct desk *desk_of(struct task_struct *reader)
{
	return bpf_task_storage_get(&desks, reader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* The number that a pointer is. */
#define address_of(desk, pointer)                                \
	({                                                       \
		*(volatile u64 *)&(desk)->address = (u64)(pointer); \
		*(volatile u64 *)&(desk)->address;               \
	})

#endif
