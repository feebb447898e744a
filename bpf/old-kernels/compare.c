/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What an iterator said, held against /proc. Nothing runs meanwhile but the kernel's own threads, so that every value that
 * both tell has to be the same.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../record.h"
#include "init.h"

#define PF_KTHREAD 0x00200000
#define TICK_NS 10000000ULL

static long same, different, cpu_apart;

static void expect(const struct row *row, const char *what, long long told, long long is)
{
	if (told == is) {
		same++;
		return;
	}
	different++;
	printf("different: pid %u %.16s: %s is %lld in the row, %lld in /proc\n", row->pid, row->comm, what, told, is);
}

static int stat_of(u32 pid, const char *name, struct stat *status)
{
	char path[1024];

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	return stat(path, status);
}

static void compare_stat(const struct row *row)
{
	char path[64], text[1024] = "", *after;
	long long ppid, pgrp, session, tty, tpgid, flags, user, system, threads, start;
	int file;

	snprintf(path, sizeof(path), "/proc/%u/stat", row->pid);
	file = open(path, O_RDONLY);
	if (file < 0 || read(file, text, sizeof(text) - 1) <= 0) {
		expect(row, "whether it is in /proc", 1, 0);
		return;
	}
	close(file);
	after = strrchr(text, ')');
	sscanf(after + 4, "%lld %lld %lld %lld %lld %lld %*d %*d %*d %*d %lld %lld %*d %*d %*d %*d %lld %*d %lld", &ppid, &pgrp,
	       &session, &tty, &tpgid, &flags, &user, &system, &threads, &start);
	if (!(row->flags & PF_KTHREAD)) {
		char *comm = strchr(text, '(') + 1;

		expect(row, "comm", strncmp(comm, row->comm, (size_t)(after - comm)), 0);
		expect(row, "the length of comm", (long long)strnlen(row->comm, 16), after - comm);
	}
	expect(row, "ppid", row->ppid, ppid);
	expect(row, "pgid", row->pgid, pgrp);
	expect(row, "sid", row->sid, session);
	expect(row, "tty_nr", row->tty_nr, tty);
	expect(row, "tpgid", row->absent & NO_TTY_STATE ? -1 : row->tpgid, tpgid);
	expect(row, "threads", row->threads, threads);
	expect(row, "start", row->start_ns / TICK_NS, start);
	if (!(row->absent & NO_CPU) && llabs((long long)(row->cpu_ns / TICK_NS) - user - system) > 3)
		cpu_apart++;
}

static void compare_namespaces(const struct row *row)
{
	const struct { const char *name; u32 told; } all[] = {
		{ "ns/mnt", row->mnt_ns }, { "ns/net", row->net_ns }, { "ns/pid", row->pid_ns }, { "ns/user", row->user_ns },
		{ "ns/uts", row->uts_ns }, { "ns/ipc", row->ipc_ns }, { "ns/cgroup", row->cgroup_ns },
		{ "ns/time", row->time_ns },
	};
	struct stat status;
	unsigned i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!stat_of(row->pid, all[i].name, &status))
			expect(row, all[i].name, all[i].told, (long long)status.st_ino);
}

static void compare_files(const struct row *row)
{
	struct stat status;

	if (!stat_of(row->pid, "", &status)) {
		expect(row, "uid", row->euid, status.st_uid);
	}
	if (!stat_of(row->pid, "exe", &status)) {
		expect(row, "exe_ino", (long long)row->exe_ino, (long long)status.st_ino);
		expect(row, "exe_dev", row->exe_dev, (long long)status.st_dev);
		expect(row, "exe_name", strncmp(row->exe_name, "init", EXE_NAME), 0);
	} else {
		expect(row, "whether exe is absent", !!(row->absent & NO_EXE), 1);
	}
	if (!stat_of(row->pid, "cwd", &status))
		expect(row, "cwd_links", row->cwd_links, (long long)status.st_nlink);
	else
		expect(row, "whether cwd is absent", !!(row->absent & NO_CWD), 1);
}

static void compare_terminal(const struct row *row)
{
	char path[64];
	struct stat status;
	int file, unread = -1;

	if (!row->tty_nr)
		return;
	snprintf(path, sizeof(path), "/dev/pts/%u", (row->tty_nr & 0xff) | (row->tty_nr >> 12 & 0xfff00));
	file = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (file < 0 || fstat(file, &status) || ioctl(file, FIONREAD, &unread)) {
		printf("different: %s cannot be read\n", path);
		different++;
		return;
	}
	close(file);
	expect(row, "tty_dev", row->tty_dev, (long long)status.st_dev);
	expect(row, "tty_read_seconds", row->tty_read_seconds, status.st_atime);
	expect(row, "tty_written_seconds", row->tty_written_seconds, status.st_mtime);
	expect(row, "unread", row->unread, unread);
	printf("terminal: %.16s on %s: %u bytes unread\n", row->comm, path, row->unread);
}

/* @returns the place after the tail */
static const char *compare_levels(const struct row *row, const char *at, const char *end)
{
	char path[512] = "cwd";
	struct level level;
	struct stat status;
	struct tail tail;

	for (;;) {
		memcpy(&tail, at, sizeof(tail));
		if (at + sizeof(tail) > end || tail.dev == TAIL_DEV)
			break;
		memcpy(&level, at, sizeof(level));
		at += sizeof(level);
		if (!stat_of(row->pid, path, &status) && strcmp(row->comm, "covered")) {
			expect(row, path, (long long)level.ino, (long long)status.st_ino);
			expect(row, "the device of the same", level.dev, (long long)status.st_dev);
		}
		strcat(path, "/..");
	}
	expect(row, "SOUND", tail.verdict & SOUND, SOUND);
	expect(row, "CUT", tail.verdict & CUT, 0);
	expect(row, "COVERED", tail.verdict & COVERED, strcmp(row->comm, "covered") ? 0 : COVERED);
	if (!strcmp(row->comm, "deep"))
		expect(row, "levels", tail.levels, 42);
	return at + sizeof(tail);
}

static long processes_of_proc(void)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	long count = 0;

	while ((entry = readdir(directory)))
		count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
	closedir(directory);
	return count;
}

void compare_rows(const char *bytes, size_t length)
{
	const char *at = bytes + sizeof(struct header), *end = bytes + length;
	struct sentinel sentinel = {};
	struct row row = {};
	u32 absent_of_all = ~0u;
	long rows = 0;

	while (at + sizeof(row) <= end) {
		memcpy(&row, at, sizeof(row));
		if (row.kind != ROW)
			break;
		rows++;
		absent_of_all &= row.absent;
		compare_stat(&row);
		compare_namespaces(&row);
		compare_files(&row);
		compare_terminal(&row);
		at = compare_levels(&row, at + sizeof(row), end);
	}
	memcpy(&sentinel, at, sizeof(sentinel));
	expect(&row, "rows in the sentinel", (long long)sentinel.rows, rows);
	expect(&row, "processes", rows, processes_of_proc());
	expect(&row, "the end", end - at, sizeof(sentinel));
	printf("absent: %s%s\n", absent_of_all & NO_PIDFS_INO ? "pidfs_ino " : "", absent_of_all & NO_TIME_NS ? "time_ns" : "");
	printf("compared: %ld rows, %ld values the same, %ld different; cpu more than 3 ticks apart in %ld\n", rows, same,
	       different, cpu_apart);
}
