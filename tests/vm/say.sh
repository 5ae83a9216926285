# SPDX-License-Identifier: Apache-2.0
# Sourced in the guest: one line for each case, and what a failed one printed.
passed=0
failed=0

# say CASE STATUS [DETAIL]: the verdict over one case.
say() {
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "pass  $1"
  else
    failed=$((failed + 1))
    echo "FAIL  $1"
    [ -z "$3" ] || echo "$3" | sed 's/^/      /'
  fi
}

# say_tests NAME PROGRAM ARGUMENT…: a GoogleTest program, each of its tests a case. A skipped test
# is a failure here: what the guest has been given must be tried. Shows what failed in full.
say_tests() {
  local name=$1 status
  shift
  "$@" >/tmp/tests.out 2>&1
  status=$?
  awk '/^\[ RUN      \]/ { text = ""; next }
       /^\[       OK \]/ { print "pass  " $4 " " $5 " " $6; next }
       /^\[  FAILED  \] .*\(.* ms\)$/ { print "FAIL  " $4; printf "%s", text; next }
       /^\[  SKIPPED \] .*\(.* ms\)$/ { print "FAIL  " $4 ": was skipped"; printf "%s", text; next }
       length(text) < 4000 { text = text "      " $0 "\n" }' /tmp/tests.out >/tmp/tests.said
  cat /tmp/tests.said
  passed=$((passed + $(grep -c ^pass /tmp/tests.said)))
  failed=$((failed + $(grep -c ^FAIL /tmp/tests.said)))
  # A program that died names no test.
  if [ $status -ne 0 ] && ! grep -q ^FAIL /tmp/tests.said; then
    say "$name ended by status $status" 1 "$(tail -20 /tmp/tests.out)"
  fi
  grep -q ^pass /tmp/tests.said || say "$name ran no test" 1
}

# Prints the sum; its status is that of the whole.
say_sum() {
  echo "$passed passed, $failed failed"
  [ $failed -eq 0 ] && [ $passed -gt 0 ]
}
