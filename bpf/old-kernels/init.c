/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The first and only program of a machine that is booted to ask its kernel's verifier: it makes a few processes of known
 * shape, tries each iterator of sessions.bpf.o, and powers off. What it says goes to the console: lines that begin with a
 * word and a colon, which scripts/old-kernels.mjs makes a table of.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init.h"

static void mount_all(void)
{
	static const char *const kinds[][2] = {
		{ "devtmpfs", "/dev" }, { "proc", "/proc" }, { "sysfs", "/sys" }, { "devpts", "/dev/pts" },
		{ "bpf", "/bpf" }, { "tmpfs", "/tmp" }, { "cgroup2", "/cgroup" },
	};
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		mkdir(kinds[i][1], 0755);
		if (mount(kinds[i][0], kinds[i][1], kinds[i][0], 0, NULL))
			printf("mount: no %s on %s: %s\n", kinds[i][0], kinds[i][1], strerror(errno));
	}
}

static void say_machine(void)
{
	struct utsname name;

	uname(&name);
	printf("kernel: %s %s\n", name.release, name.version);
	printf("btf: %s\n", access("/sys/kernel/btf/vmlinux", R_OK) ? "no" : "yes");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	/* What the kernel says at boot is not the answer, and would stand in the middle of it. */
	sleep(1);
	printf("\nbegin: old-kernels\n");
	say_machine();
	populate();
	try_all();
	printf("end: old-kernels\n");
	fflush(stdout);
	sleep(1);
	reboot(RB_POWER_OFF);
	return 0;
}
