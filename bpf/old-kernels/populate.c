/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Processes of the shapes that the iterator has a branch for: a terminal with input that nobody has read, a deep directory,
 * one below a mount and one below a mount that is covered, threads, a zombie, a process with a pid namespace of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

#define DEPTH 40

static int ready[2];

/* Says that it has its shape, and stays. */
static void stay(const char *name)
{
	prctl(PR_SET_NAME, name);
	if (write(ready[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void must(int failed, const char *what)
{
	if (failed)
		perror(what);
}

static void be_deep(void)
{
	int i;

	must(chdir("/tmp"), "chdir /tmp");
	for (i = 0; i < DEPTH; i++) {
		mkdir("deep", 0755);
		must(chdir("deep"), "chdir deep");
	}
	stay("deep");
}

static void be_mounted(void)
{
	mkdir("/tmp/mount", 0755);
	must(mount("tmpfs", "/tmp/mount", "tmpfs", 0, NULL), "mount");
	mkdir("/tmp/mount/in it", 0755);
	must(chdir("/tmp/mount/in it"), "chdir in it");
	stay("mounted\n\t\\.");
}

static void be_covered(void)
{
	mkdir("/tmp/under", 0755);
	mkdir("/tmp/under/here", 0755);
	must(chdir("/tmp/under/here"), "chdir here");
	must(mount("tmpfs", "/tmp/under", "tmpfs", 0, NULL), "mount over");
	stay("covered");
}

static void have_terminal(int is_raw)
{
	int primary = posix_openpt(O_RDWR | O_NOCTTY);
	const char typed[] = "a line\nand half a";

	must(grantpt(primary) || unlockpt(primary), "unlockpt");
	setsid();
	must(open(ptsname(primary), O_RDWR) < 0, "open terminal");
	if (is_raw) {
		struct { unsigned flags[4]; unsigned char line; unsigned char characters[19]; } termios;

		must(ioctl(primary, 0x5401 /* TCGETS */, &termios), "TCGETS");
		termios.flags[3] &= ~2u; /* ICANON */
		must(ioctl(primary, 0x5402 /* TCSETS */, &termios), "TCSETS");
	}
	must(write(primary, typed, sizeof(typed) - 1) < 0, "type");
	/* The line discipline gets it in a worker of the kernel's. */
	sleep(1);
	stay(is_raw ? "raw" : "canonical");
}

static void *pause_thread(void *unused)
{
	(void)unused;
	pause();
	return NULL;
}

static void have_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 5; i++)
		must(pthread_create(&thread, NULL, pause_thread, NULL), "pthread_create");
	stay("threads");
}

static void be_other(void)
{
	must(unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS), "unshare");
	if (fork() == 0)
		stay("namespaces");
	for (;;)
		pause();
}

static void start(void (*become)(void))
{
	char one;

	if (fork() == 0) {
		become();
		_exit(1);
	}
	must(read(ready[0], &one, 1) != 1, "wait for a process");
}

static void be_canonical(void) { have_terminal(0); }
static void be_raw(void) { have_terminal(1); }

void populate(void)
{
	must(pipe(ready), "pipe");
	start(be_deep);
	start(be_mounted);
	start(be_covered);
	start(be_canonical);
	start(be_raw);
	start(have_threads);
	start(be_other);
	if (fork() == 0)
		_exit(0);
	sleep(1);
}
