// SPDX-License-Identifier: Apache-2.0
// The floor as a program of its own: bench_bare DIRECTORY FILE. Lets every open of them pass, until
// it is ended.
#include <unistd.h>

#include "tests/bench/gate/bare_responder.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const keyward::bench::BareResponder responder(argv[1], argv[2]);
  ::pause();
  return 0;
}
