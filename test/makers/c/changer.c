/*
 * A process that changes one thing of itself over and over: its process group, who is in front of its terminal, a namespace,
 * what is typed and not read (a byte, or nothing), or (children of its, once each) its session. Prints {"pid": …, "sid": …}: which one changes, or, of sessions, the parent.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int master;

/* Becomes the leader of a session with a terminal of its own. @returns the terminal */
static int take_terminal(void)
{
	int terminal;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(master >= 0 && !grantpt(master) && !unlockpt(master), "posix_openpt");
	must(setsid() >= 0, "setsid");
	terminal = open(ptsname(master), O_RDWR | O_CLOEXEC);
	must(terminal >= 0, "terminal");
	return terminal;
}

/* A child that does nothing, in a process group of its own. */
static pid_t start_idler(void)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	must(child > 0 && !setpgid(child, child), "idler");
	return child;
}

/* Who sleeps often is let in soon, also where the machine is busy. */
static void rest(void)
{
	usleep(100);
}

static void tell(pid_t pid)
{
	printf("{\"pid\":%d,\"sid\":%d}\n", pid, getsid(0));
	fflush(stdout);
}

static void change_foreground(void)
{
	int terminal = take_terminal();
	pid_t idler = start_idler();

	signal(SIGTTOU, SIG_IGN);
	tell(getpid());
	for (;;) {
		must(!tcsetpgrp(terminal, idler), "tcsetpgrp");
		rest();
		must(!tcsetpgrp(terminal, getpgrp()), "tcsetpgrp");
		rest();
	}
}

static void change_group(void)
{
	pid_t idler, changer;

	must(setsid() >= 0, "setsid");
	idler = start_idler();
	changer = fork();
	if (changer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tell(getpid());
		for (;;) {
			must(!setpgid(0, 0), "setpgid");
			rest();
			must(!setpgid(0, idler), "setpgid");
			rest();
		}
	}
	pause();
}

static void change_namespace(void)
{
	int before = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), after;

	must(!unshare(CLONE_NEWUTS), "unshare");
	after = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	tell(getpid());
	for (;;) {
		must(!setns(before, CLONE_NEWUTS), "setns");
		rest();
		must(!setns(after, CLONE_NEWUTS), "setns");
		rest();
	}
}

static void change_typed(void)
{
	int terminal = take_terminal();
	struct termios raw;
	char byte = 'x';

	must(!tcgetattr(terminal, &raw), "tcgetattr");
	cfmakeraw(&raw);
	must(!tcsetattr(terminal, TCSANOW, &raw), "tcsetattr");
	tell(getpid());
	for (;;) {
		must(write(master, &byte, 1) == 1 && read(terminal, &byte, 1) == 1, "a byte");
		rest();
	}
}

/* Children leave the session, and with it the terminal. */
static void change_session(void)
{
	take_terminal();
	tell(getpid());
	for (;;) {
		pid_t child = fork();

		if (child == 0) {
			usleep(2000);
			setsid();
			usleep(2000);
			_exit(0);
		}
		must(child > 0 && waitpid(child, 0, 0) == child, "child");
	}
}

int main(int count, char **arguments)
{
	const char *kind = count == 2 ? arguments[1] : "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(kind, "foreground"))
		change_foreground();
	else if (!strcmp(kind, "group"))
		change_group();
	else if (!strcmp(kind, "namespace"))
		change_namespace();
	else if (!strcmp(kind, "typed"))
		change_typed();
	else if (!strcmp(kind, "session"))
		change_session();
	fprintf(stderr, "usage: changer foreground|group|namespace|typed|session\n");
	return 2;
}
