/*
 * Stands for a service manager: receives unix datagrams at a path, or at an abstract name (@name), and prints
 * {"address":…} once it listens, then one line a datagram: the sender's pid, a space, and what was said.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) >= sizeof name.sun_path) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  memcpy(name.sun_path, argv[1], strlen(argv[1]));
  if (name.sun_path[0] == '@') name.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int on = 1;
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(argv[1]);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) return 1;
  if (bind(fd, (struct sockaddr *)&name, length) < 0) return 1;
  printf("{\"address\":\"%s\"}\n", argv[1]);
  fflush(stdout);
  for (;;) {
    char text[4096];
    union {
      struct cmsghdr header;
      char space[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec data = {.iov_base = text, .iov_len = sizeof text};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0) return 1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    struct ucred sender = {0};
    if (header && header->cmsg_type == SCM_CREDENTIALS) memcpy(&sender, CMSG_DATA(header), sizeof sender);
    printf("%d %.*s\n", (int)sender.pid, (int)size, text);
    fflush(stdout);
  }
}
