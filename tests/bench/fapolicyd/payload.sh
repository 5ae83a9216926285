#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the guest as root: see run. Prints "RESPONDER FILE NANOSECONDS" for every measurement, the
# median of one opener's opens; a word with a colon is for people.
rounds=5
directory=/home/tester/.bench
protected=$directory/keys
free=/home/tester/notes

# The opener on processor 0, who answers on 1.
measure() {
  local result
  result=$(bench_opener $2 $3 0) || { echo "failed: the opener was refused under $1"; exit 1; }
  case $2 in "$protected") echo "$1 protected ${result%% *}" ;; *) echo "$1 free ${result%% *}" ;; esac
}

# marked PID: waits until it has its fanotify marks.
marked() {
  for _ in $(seq 300); do
    grep -qs "^fanotify [im]" /proc/$1/fdinfo/* && return
    usleep 100000
  done
  echo "failed: process $1 marks nothing"
  cat /tmp/responder.log
  exit 1
}

gone() {
  kill $1
  while [ -e /proc/$1 ]; do usleep 100000; done
}

mkdir $directory
echo seed >$protected
echo note >$free
chown -R tester $directory $free
chown -R fapolicyd:fapolicyd /var/lib/fapolicyd
mkdir -m 770 /run/fapolicyd
chown root:fapolicyd /run/fapolicyd

for round in $(seq $rounds); do
  measure native $protected 2000
  measure native $free 2000

  taskset 2 bench_bare $directory $protected >/tmp/responder.log 2>&1 &
  marked $!
  measure bare $protected 1000
  gone $!

  taskset 2 keywardd --foreground --home tester=/home/tester >/tmp/responder.log 2>&1 &
  marked $!
  measure keyward $protected 1000
  measure keyward $free 2000
  gone $!

  taskset 2 fapolicyd >/tmp/responder.log 2>&1
  for _ in $(seq 100); do [ -s /run/fapolicyd.pid ] && break; usleep 100000; done
  fapolicyd=$(cat /run/fapolicyd.pid)
  marked $fapolicyd
  measure fapolicyd $protected 1000
  measure fapolicyd $free 1000
  gone $fapolicyd
  rm -f /run/fapolicyd.pid
done
echo "done: $rounds rounds"
