/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Loads each iterator of sessions.bpf.o alone, so that each has its own verdict, and reads it.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define OBJECT "/sessions.bpf.o"
#define LOG_BYTES (16 << 20)
#define READ_BYTES (4 << 20)
#define LAST_LINES 14
#define BPF_LOG_STATS 4 /* of bpf(2)'s log_level: the sums at the end */

static char verifier_log[LOG_BYTES];
static char bytes[READ_BYTES];

/* The end of what the verifier said, a line each. */
static void say_log(const char *word, const char *log)
{
	const char *at = log + strlen(log);
	int lines = 0;

	while (at > log && lines <= LAST_LINES)
		if (*--at == '\n')
			lines++;
	for (; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (*at != '\n')
			printf("%s: %.*s\n", word, (int)strcspn(at, "\n"), at);
}

static long elapsed_us(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000000L + (now.tv_nsec - since->tv_nsec) / 1000;
}

/* All that one opening of an iterator yields. -1 where it could not be read, or is longer than there is room for. */
static long read_all(int link)
{
	int file = bpf_iter_create(link);
	size_t length = 0;
	struct timespec begin;
	ssize_t got;

	if (file < 0) {
		printf("unread: bpf_iter_create: %s\n", strerror(errno));
		return -1;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (length < READ_BYTES) {
		got = read(file, bytes + length, READ_BYTES - length);
		if (got < 0 && errno == EAGAIN)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	if (length == READ_BYTES || got < 0) {
		printf("unread: %s after %zu bytes\n", got < 0 ? strerror(errno) : "no end", length);
		length = -1;
	} else {
		printf("read: %zu bytes in %ld us\n", length, elapsed_us(&begin));
	}
	close(file);
	return (long)length;
}

static void use_program(struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	long length;

	if (!link) {
		printf("unread: attach: %s\n", strerror(errno));
		return;
	}
	if (bpf_link__pin(link, "/bpf/pin"))
		printf("unpinned: %s\n", strerror(errno));
	else
		unlink("/bpf/pin");
	length = read_all(bpf_link__fd(link));
	if (length > 0 && !strcmp(bpf_program__name(program), "sessions"))
		compare_rows(bytes, (size_t)length);
	else if (length > 0)
		compare_lines(bytes, (size_t)length);
	bpf_link__destroy(link);
}

/* Loads one program of the object and no other, so that each has its own verdict. */
static void try_program(const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = verifier_log, .kernel_log_size = LOG_BYTES,
		    .kernel_log_level = BPF_LOG_STATS);
	struct bpf_object *object = bpf_object__open_file(OBJECT, &options);
	struct bpf_program *program, *wanted = NULL;
	struct timespec begin;
	int failed;

	printf("program: %s\n", name);
	bpf_object__for_each_program(program, object) {
		int is_wanted = !strcmp(bpf_program__name(program), name);

		bpf_program__set_autoload(program, is_wanted);
		if (is_wanted)
			wanted = program;
	}
	verifier_log[0] = 0;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	failed = bpf_object__load(object);
	printf("verdict: %s\n", failed ? strerror(-failed) : "loads");
	printf("loading: %ld us\n", elapsed_us(&begin));
	say_log("log", verifier_log);
	if (!failed)
		use_program(wanted);
	bpf_object__close(object);
}

/* Gives up root, but for the two capabilities that reading the kernel takes. */
static void become_capable(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	/* What a login has by default; before Linux 5.11 maps count against it. */
	struct rlimit limit = { 64 << 10, 64 << 10 };

	setrlimit(RLIMIT_MEMLOCK, &limit);
	data[1].permitted = data[1].effective = CAP_TO_MASK(CAP_BPF) | CAP_TO_MASK(CAP_PERFMON);
	if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(3001, 3001, 3001) || setresuid(3001, 3001, 3001) ||
	    syscall(SYS_capset, &header, data))
		printf("capable: could not become it: %s\n", strerror(errno));
}

/* Whether somebody who is not root can have an iterator without a pin. */
static void try_capable(const char *name, const char *btf)
{
	/*
	 * libbpf looks for a type that the kernel's BTF does not have in that of each module, which takes CAP_SYS_ADMIN; where it
	 * is told which file to look into, it looks nowhere else.
	 */
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = btf);
	struct bpf_object *object = bpf_object__open_file(OBJECT, &options);
	struct bpf_program *program;
	struct bpf_link *link = NULL;
	int failed;

	become_capable();
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
	failed = bpf_object__load(object);
	if (!failed)
		link = bpf_program__attach_iter(bpf_object__find_program_by_name(object, name), NULL);
	if (link && read_all(bpf_link__fd(link)) > 0)
		printf("capable: yes\n");
	else
		printf("capable: no: %s\n", strerror(failed ? -failed : errno));
}

static void start_capable(const char *name, const char *btf)
{
	pid_t child;

	printf("program: %s, uid 3001 with CAP_BPF and CAP_PERFMON%s\n", name, btf ? ", btf_custom_path" : "");
	child = fork();
	if (child == 0) {
		try_capable(name, btf);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

void try_all(void)
{
	struct bpf_object *object = bpf_object__open(OBJECT);
	struct bpf_program *program;

	if (!object) {
		printf("unread: %s: %s\n", OBJECT, strerror(errno));
		return;
	}
	bpf_object__for_each_program(program, object)
		try_program(bpf_program__name(program));
	bpf_object__close(object);
	start_capable("sessions", NULL);
	start_capable("sessions", "/sys/kernel/btf/vmlinux");
}
