# SPDX-License-Identifier: Apache-2.0
# What ./quickstart shows. Run as root from the top of the tree.
set -euo pipefail
. cmake/packages.sh

say() { printf '%s\n' "$*"; }
fail() { say "quickstart: $*" >&2 && exit 1; }

mkdir -p build
KEYWARD_INSTALL_LOG=$PWD/build/quickstart.packages
export KEYWARD_INSTALL_LOG
keyward_install cmake/debian-build.txt cmake/debian-demo.txt ||
  fail "see $KEYWARD_INSTALL_LOG"

say "building (a few minutes the first time)…"
{ cmake --preset release && cmake --build --preset release --target keywardd keyward; } \
  >build/quickstart.build 2>&1 || { tail -40 build/quickstart.build; fail "the build failed"; }
bin=$PWD/build/release/bin

scratch=$(mktemp -d /var/tmp/keyward-quickstart.XXXXXX)
chmod 755 "$scratch"
daemon=
cleanup() {
  if [ -n "$daemon" ]; then
    kill -TERM "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# A daemon believes only policy files that nobody but root can write.
cp -r --no-preserve=all policies "$scratch/policies"
chmod -R go-w "$scratch/policies"
dirs=(--policy-dir "$scratch/policies" --state-dir "$scratch/state" --run-dir "$scratch/run")
keyward() { "$bin/keyward" "$@" "${dirs[@]}"; }

# Starts the daemon for one home and waits until it protects.
start_daemon() {
  "$bin/keywardd" --foreground "${dirs[@]}" --admin-dir "$scratch/policy.d" --home "$1" \
    >"$scratch/keywardd.log" 2>&1 &
  daemon=$!
  for _ in $(seq 100); do
    keyward status >/dev/null 2>&1 && return 0
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  cat "$scratch/keywardd.log" >&2
  daemon=
  return 1
}

if [ "${1:-}" = --live ]; then
  user=${SUDO_USER:-root}
  home=$(getent passwd "$user" | cut -d: -f6)
  start_daemon "$user=$home" || fail "keywardd does not start; the reason stands above"
  keyward status
  say
  say "watching; Ctrl-C ends it and leaves nothing behind"
  keyward watch
  exit 0
fi

# Somebody who is not root, and has no account: his files, his programs.
uid=64242
home=$scratch/home
mkdir -p "$home/Downloads/test-task"
as_user() {
  (cd "$home" && exec setpriv --reuid=$uid --regid=$uid --clear-groups --inh-caps=-all \
    env -i HOME="$home" PATH=/usr/bin:/bin LANG=C.UTF-8 "$@")
}
chown -R $uid:$uid "$home"
wallet=$home/.electrum/testnet/wallets/default_wallet

say "making a testnet wallet with Electrum in $home"
as_user electrum --testnet --offline create >/dev/null 2>"$scratch/electrum.log" ||
  { cat "$scratch/electrum.log"; fail "Electrum could not make a wallet"; }

# The thieves: harmless, and on this wallet only.
thieves=$home/Downloads/test-task
cat >"$thieves/thief.py" <<EOF
import sys
try:
    sys.stdout.write(open("$wallet").read()[:1])
except OSError:
    sys.exit(1)
EOF
cat >"$thieves/server.js" <<EOF
try { process.stdout.write(require('fs').readFileSync('$wallet').toString().slice(0, 1)); }
catch (e) { process.exit(1); }
EOF
cat >"$thieves/preload.c" <<EOF
#include <fcntl.h>
#include <stdlib.h>
__attribute__((constructor)) static void thief(void) {
  if (open("$wallet", O_RDONLY) >= 0) exit(0);
  exit(1);
}
EOF
gcc -shared -fPIC -o "$thieves/preload.so" "$thieves/preload.c"
chown -R $uid:$uid "$home"

start_daemon "$uid=$home" || fail "keywardd does not start; the reason stands above"
say
keyward status
say

wrong=0
newest() { keyward incidents --json --limit 1 2>/dev/null || true; }
field() { python3 -c 'import json,sys
line = sys.stdin.readline()
print(eval(sys.argv[1], {"i": json.loads(line)}) if line.strip() else "")' "$1"; }

# allowed NAME COMMAND…: the wallet's own program must get it.
allowed() {
  local name=$1
  shift
  if as_user "$@" >"$scratch/out" 2>&1; then
    printf '  let in    %-34s %s\n' "$name" "it is the wallet's own program, from its package"
  else
    printf '  BROKEN    %-34s %s\n' "$name" "the wallet's own program was refused"
    sed 's/^/            /' "$scratch/out" | head -5
    wrong=1
  fi
}

# stopped NAME COMMAND…: a stranger must not, and there must be an incident that says why.
stopped() {
  local name=$1 before after
  shift
  before=$(newest | field 'i["id"], i["count"]')
  if as_user "$@" >"$scratch/out" 2>&1; then
    printf '  LET IN    %-34s %s\n' "$name" "it got the wallet"
    wrong=1
    return
  fi
  for _ in $(seq 50); do
    after=$(newest | field 'i["id"], i["count"]')
    [ "$before" != "$after" ] && break
    sleep 0.1
  done
  if [ "$before" = "$after" ]; then
    printf '  SILENT    %-34s %s\n' "$name" "stopped, but no incident was recorded"
    wrong=1
    return
  fi
  printf '  stopped   %-34s %s\n' "$name" "$(newest | python3 tests/e2e/incident_line.py)"
}

say "who tries to read Electrum's wallet"
allowed "Electrum" electrum --testnet --offline listaddresses
stopped "cat" cat "$wallet"
stopped "tar of the whole folder" tar czf "$home/loot.tgz" "$home/.electrum"
stopped "a Python script from Downloads" python3 "$thieves/thief.py"
stopped "a Node script, run by a shell" sh -c "node $thieves/server.js"
stopped "cat by a hard link" sh -c "ln $wallet $home/innocent && cat $home/innocent"
stopped "Electrum with LD_PRELOAD" env LD_PRELOAD="$thieves/preload.so" electrum --testnet --offline listaddresses
allowed "Electrum again" electrum --testnet --offline listaddresses

say
say "keyward incidents"
keyward incidents
say
say "keyward explain $wallet --exe /usr/bin/node --script $thieves/server.js"
keyward explain "$wallet" --exe /usr/bin/node --script "$thieves/server.js" \
  --home $uid="$home" || [ $? -eq 1 ]
say
if [ $wrong -ne 0 ]; then
  fail "not everything was as expected"
fi
say "All as expected. The scratch home is removed and nothing is left running."
