#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Keyward's gate, identity and daemon on the kernel that Debian 12 ships, in an emulated machine:
#   debian_kernel_test.sh BUILD/bin SOURCE
# One line a case, and how many passed; 77 and the reason where the machine can't be had. The exec
# tracepoint program has to load there: a case that would be skipped is a failure.
set -euo pipefail
bin=${1:?usage: debian_kernel_test.sh BUILD/bin SOURCE}
source=${2:?usage: debian_kernel_test.sh BUILD/bin SOURCE}
. "$(dirname "$0")/guest.sh"

# Left out: what needs Python or Electrum, what takes minutes here, and two claims that the
# connector can't make.
process_tests=(-'*Script*' '*AToolStandsForWhatRunsIt*' '*AForkedChildIs*' '*APreloadedLibrary*'
  '*PythonsWay*' '*AFloodOfExecs*' '*AChainOfExecs*' 'InspectorTest.AFileHasItsRole*'
  'InspectorTest.AnImaginedProcess*'
  '*ForgingTheExeLinkGainsNothing/Connector' '*AnExecFromAThreadKeepsItsLineage/Connector')

guest_need
guest_kernel
guest_new
for program in md5sum sha1sum cat ls stat true head sleep env; do
  guest_program "/usr/bin/$program"
done
guest_program /usr/bin/true /usr/bin/gpg # a name that a test pretends to be
for program in gate_test process_test reader opener pretender; do guest_program "$bin/$program"; done
for program in keywardd keyward; do guest_program "$bin/$program" "/usr/bin/$program"; done
guest_file "$source/policies" /usr/share/keyward/policies
guest_file /lib/x86_64-linux-gnu/libm.so.6 /lib/x86_64-linux-gnu/libm.so.6
# As much of the package database as speaks for these programs.
guest_file /var/lib/dpkg/info/coreutils.md5sums /var/lib/dpkg/info/coreutils.md5sums
dpkg-query -s coreutils >"$guest_root/var/lib/dpkg/status"
: >"$guest_root/var/lib/dpkg/diversions"

sed "s|@BIN@|$bin|; s|@PROCESS_TESTS@|$(IFS=: && echo "${process_tests[*]}")|" \
  "$guest_source/debian_kernel_payload.sh" >"$guest_work/payload"
guest_run "$guest_work/payload" 270
