/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What the kernel lets a program of BPF call, and how a field is read at an address that has no type.
 */
#ifndef PLUMBLINE_HELPERS_H
#define PLUMBLINE_HELPERS_H

#include "kernel.h"

#define BPF_MAP_TYPE_LRU_HASH 9
#define BPF_MAP_TYPE_TASK_STORAGE 29
#define BPF_F_NO_PREALLOC 1
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1

/* What an iterator returns for a row that it could not make: read(2) ends before it, or with EAGAIN, and begins with it. */
#define TRY_AGAIN 1

/* bpf-helpers(7); the numbers are ABI */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static long (*const bpf_probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
static u64 (*const bpf_ktime_get_boot_ns)(void) = (void *)125;
static long (*const bpf_seq_printf)(struct seq_file *seq, const char *format, u32 size, const void *data, u32 length) =
	(void *)126;
static long (*const bpf_seq_write)(struct seq_file *seq, const void *data, u32 len) = (void *)127;
static void *(*const bpf_task_storage_get)(void *map, struct task_struct *task, void *value, u64 flags) = (void *)156;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;

static long (*const bpf_find_vma)(struct task_struct *task, u64 address, void *callback, void *context, u64 flags) =
	(void *)180;
static long (*const bpf_copy_from_user_task)(void *dst, u32 size, const void *src, struct task_struct *task, u64 flags) =
	(void *)191;

/*
 * A field of what lies at an address that is but a number to the verifier: behind a void *, or reached by arithmetic. 0 where
 * it leads nowhere. What has a type in the kernel's BTF is read with a plain ->, which is as safe, and ten times as fast where
 * calls are guarded against speculation.
 */
#define READ(type, address, field)                                                                                   \
	({                                                                                                           \
		__typeof__(((type *)0)->field) value_ = 0;                                                           \
		bpf_probe_read_kernel(&value_, sizeof(value_), (void *)((u64)(address) + offset_of(type, field)));   \
		value_;                                                                                              \
	})

/*
 * What the compiler has in registers goes to memory and comes back. The verifier knows nothing of what lies on a desk: so paths
 * that differ in nothing else are one for it, and it need not follow each of them to the end.
 */
#define FORGET() asm volatile("" : : : "memory")

/* The compiler shall not merge the load of a pointer with another one: each instruction may load but one kind for the verifier. */
#define KEEP_APART(pointer) asm volatile("" : "+r"(pointer))

#endif
