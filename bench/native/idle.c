// A process that does nothing: the benchmark's background, and under the name `claude` its sessions.
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
