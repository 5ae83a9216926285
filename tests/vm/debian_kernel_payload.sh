#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the guest as root: see debian_kernel_test.sh, which fills in the places.
. /guest/say.sh
bin=@BIN@

# say_attempt CASE WAY STATUS: the person's own user tries; 0 the content was got, 1 refused, 2 the
# kernel has no such way.
say_attempt() {
  su tester -c "$bin/reader $2 $wallet /home/tester/scratch" >/tmp/attempt 2>&1
  local status=$?
  [ $status -eq "$3" ]
  say "$1" $? "reader $2 ended by $status, not $3: $(cat /tmp/attempt)"
}

start_agent() {
  keywardd --foreground --home tester=/home/tester >>/tmp/keywardd.log 2>&1 &
  agent=$!
  for _ in $(seq 100); do
    keyward status >/dev/null 2>&1 && return
    usleep 100000
  done
}

stop_agent() {
  kill $agent
  wait $agent
}

doctor_says() {
  keyward doctor --json >/tmp/doctor 2>&1
  grep -q "$2" /tmp/doctor
  say "$1" $? "$(cat /tmp/doctor /tmp/keywardd.log)"
}

echo "Debian's kernel $(uname -r), root file system $(stat -f -c %T /)"

# The gate, then its verdicts once more with programs known by the process connector.
say_tests gate_test $bin/gate_test
say_tests process_test $bin/process_test --gtest_filter="@PROCESS_TESTS@"

wallet=/home/tester/.electrum/wallets/default_wallet
su tester -c "mkdir -p ${wallet%/*} /home/tester/scratch && echo seed >$wallet"
start_agent
doctor_says "Agent.KnowsProgramsByTheExecTracepoint" '"identity": *"exec tracepoint"'
say_attempt "Agent.RefusesAStrangerTheWallet" open 1
say_attempt "Agent.RefusesItThroughABindMountInAUserNamespace" bind-mount 1
# docs/LIMITS.md: before Linux 6.12 an overlay mount is a way in, and this closes it.
say_attempt "Limits.AnOverlayMountIsAWayInOnThisKernel" overlay 0
doctor_says "Limits.DoctorNamesTheOverlayMount" '"id":"overlay"[^}]*"level":"blind"'
stop_agent
echo 0 >/proc/sys/user/max_user_namespaces
start_agent
say_attempt "Limits.WithoutUserNamespacesThereIsNoOverlayMount" overlay 2
doctor_says "Limits.DoctorKnowsThatItIsClosed" 'overlay[^}]*switched off'
stop_agent
say_sum
