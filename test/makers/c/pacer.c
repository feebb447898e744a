/* Makes an agent that never stays: it goes from one directory to the next (arguments), and round again. */
#include <unistd.h>

int main(int argc, char **argv) {
  alarm(300);
  for (int at = 1; argc > 1; at = at % (argc - 1) + 1) {
    if (chdir(argv[at])) return 1;
  }
  return 2;
}
