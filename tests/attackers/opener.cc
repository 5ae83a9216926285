// SPDX-License-Identifier: Apache-2.0
// Opens one file again and again: opener PATH TIMES. Says how often it was let in.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  long opened = 0;
  long refused = 0;
  for (long i = std::atol(argv[2]); i > 0; --i) {
    const int fd = ::open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      ++refused;
    } else {
      ++opened;
      ::close(fd);
    }
  }
  std::printf("%ld refused, %ld opened\n", refused, opened);
  return 0;
}
