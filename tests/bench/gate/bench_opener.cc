// SPDX-License-Identifier: Apache-2.0
// Opens and closes one file: bench_opener PATH TIMES CPU [PAUSE_US]. Prints the nanoseconds of the
// median and of the mean open.
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const useconds_t pause = argc > 4 ? static_cast<useconds_t>(std::atoi(argv[4])) : 0;
  using Clock = std::chrono::steady_clock;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<unsigned>(std::atoi(argv[3])), &cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
  const int times = std::atoi(argv[2]);
  std::vector<double> taken;
  taken.reserve(static_cast<std::size_t>(times));
  for (int i = 0; i < times + 200; ++i) {
    if (pause > 0) ::usleep(pause);
    const auto before = Clock::now();
    const int fd = ::open(argv[1], O_RDONLY | O_CLOEXEC);
    const auto after = Clock::now();
    if (fd < 0) return 1;
    ::close(fd);
    if (i >= 200) taken.push_back(std::chrono::duration<double, std::nano>(after - before).count());
  }
  double sum = 0;
  for (const double t : taken) sum += t;
  std::nth_element(taken.begin(), taken.begin() + times / 2, taken.end());
  std::printf("%.1f %.1f\n", taken[static_cast<std::size_t>(times) / 2], sum / times);
  return 0;
}
