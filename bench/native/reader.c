// A session that reads single keys from its terminal and does nothing with them.
#include <termios.h>
#include <unistd.h>

int main(void) {
  struct termios mode;
  if (tcgetattr(0, &mode)) return 1;
  cfmakeraw(&mode);
  if (tcsetattr(0, TCSANOW, &mode) || write(1, "ready>", 6) != 6) return 1;
  char keys[4096];
  while (read(0, keys, sizeof keys) > 0) {
  }
  return 0;
}
