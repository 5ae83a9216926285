# SPDX-License-Identifier: Apache-2.0
# Sourced by ./quickstart and ./test: installs the packages of the lists given that are missing.
keyward_install() {
  local missing=() list package
  for list in "$@"; do
    while read -r package; do
      case $package in '' | '#'*) continue ;; esac
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
        missing+=("$package")
    done <"$list"
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "missing packages, and not root to install them: ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${#missing[@]} packages: ${missing[*]}"
  # Services that a package brings must not start on this machine for a demonstration.
  local guard=/usr/sbin/policy-rc.d made=0
  if [ ! -e $guard ]; then
    printf '#!/bin/sh\nexit 101\n' >$guard && chmod 755 $guard && made=1
  fi
  local status=0
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
    >"${KEYWARD_INSTALL_LOG:-/dev/null}" 2>&1 </dev/null || status=$?
  [ $made -eq 1 ] && rm -f $guard
  [ $status -eq 0 ] || echo "installing them failed (apt-get: $status)" >&2
  return $status
}
