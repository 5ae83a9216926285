# SPDX-License-Identifier: Apache-2.0
# Sourced: boots Debian 12's own packaged kernel in a software-emulated machine, with a root file
# system made of busybox, the programs named and the shared libraries that they need.
#
#   guest_need PROGRAM…        ends with 77 (skipped) and the reason when one is missing here
#   guest_kernel               the kernel's package, fetched once, unpacked and never installed
#   guest_new                  begins a root file system
#   guest_program FILE [AS]    puts a program there, with its libraries
#   guest_file FILE AS         puts a file or a directory there
#   guest_run PAYLOAD SECONDS  boots, runs the script as root, streams its output, powers off;
#                              the script's exit status, or 124 when the time was over
#
# The root file system is an ext4 disk, not the initramfs: it is what people have, it has file
# handles, extended attributes and an identity of its own, and it is read as it is needed. The
# initramfs only finds it. Needs no right on this machine: no mount, no /dev/kvm, no network.

guest_source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
guest_cache=$(cd "$guest_source/../.." && pwd)/build/vm
guest_modules='virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
  overlay'
guest_work=

guest_skip() {
  echo "skipped: $*"
  exit 77
}

guest_need() {
  local program
  for program in qemu-system-x86_64 busybox mke2fs dpkg-deb flock timeout "$@"; do
    PATH=$PATH:/usr/sbin:/sbin type -P "$program" >/dev/null ||
      guest_skip "$program is not installed (cmake/debian-test.txt names its package)"
  done
  [ "$(uname -m)" = x86_64 ] || guest_skip "the guest is an x86-64 machine, this is $(uname -m)"
}

# The newest kernel of the series that the package lists of this machine know.
guest_kernel_package() {
  apt-cache depends linux-image-cloud-amd64 2>/dev/null |
    sed -n 's/^ *Depends: *\(linux-image-6\.1\.[^ ]*-cloud-amd64\)$/\1/p' | head -1
}

guest_kernel() {
  mkdir -p "$guest_cache"
  # One emulated machine at a time, whoever starts it: it takes all processors.
  exec {guest_lock}>"$guest_cache/lock"
  flock "$guest_lock"
  rm -rf "$guest_cache"/guest-* # of runs that were killed
  guest_tree=$guest_cache/kernel
  if [ ! -d "$guest_tree" ]; then
    local package
    package=$(guest_kernel_package)
    if [ -z "$package" ] && [ "$(id -u)" -eq 0 ]; then
      apt-get update -qq >/dev/null 2>&1 || true
      package=$(guest_kernel_package)
    fi
    [ -n "$package" ] || guest_skip "no package linux-image-6.1…-cloud-amd64 in the package lists"
    rm -rf "$guest_cache/download" && mkdir "$guest_cache/download"
    (cd "$guest_cache/download" && apt-get -o APT::Sandbox::User=root download "$package") \
      >"$guest_cache/download.log" 2>&1 ||
      guest_skip "$package can't be had: $(tail -1 "$guest_cache/download.log")"
    dpkg-deb -x "$guest_cache"/download/*.deb "$guest_cache/download/tree"
    mv "$guest_cache/download/tree" "$guest_tree"
    rm -rf "$guest_cache/download"
  fi
  guest_release=$(ls "$guest_tree/lib/modules")
}

# What the emulated machine needs before it has a disk.
guest_initramfs() {
  local root=$guest_work/initramfs module
  mkdir -p "$root"/bin "$root"/proc "$root"/dev "$root"/root "$root"/modules
  cp -L "$(type -P busybox)" "$root/bin/busybox"
  cp "$guest_source/boot.sh" "$root/init"
  for module in $guest_modules; do
    find "$guest_tree/lib/modules" -name "$module.ko" -exec cp {} "$root/modules/" \;
    echo "$module" >>"$root/modules/order"
  done
  chmod 755 "$root/init"
  (cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$guest_work/initramfs.cpio"
}

guest_remove() {
  [ -z "$guest_work" ] || rm -rf "$guest_work"
}

guest_new() {
  guest_work=$(mktemp -d "$guest_cache/guest-XXXXXX")
  trap guest_remove EXIT
  guest_root=$guest_work/root
  mkdir -p "$guest_root"/{usr/{bin,sbin,lib,lib64},etc,dev,proc,sys,run,root,guest/bin} \
    "$guest_root"/{home/tester,tmp,var/tmp,var/lib,mnt}
  local name
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$guest_root/$name"; done
  cp -L "$(type -P busybox)" "$guest_root/guest/bin/busybox"
  cp "$guest_source/init.sh" "$guest_root/guest/init"
  cp "$guest_source/say.sh" "$guest_root/guest/say.sh"
  chmod 755 "$guest_root/guest/init"
  cat >"$guest_root/etc/passwd" <<-'PASSWD'
	root:x:0:0:root:/root:/bin/sh
	tester:x:4242:4242:tester:/home/tester:/bin/sh
	nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	PASSWD
  printf '%s\n' root:x:0: tester:x:4242: nogroup:x:65534: >"$guest_root/etc/group"
  printf 'passwd: files\ngroup: files\n' >"$guest_root/etc/nsswitch.conf"
  guest_program /bin/dash
  ln -sf dash "$guest_root/usr/bin/sh"
}

guest_file() {
  mkdir -p "$guest_root$(dirname "$2")"
  cp -rL "$1" "$guest_root$2"
}

guest_program() {
  local file=$1 as=${2:-$1} library
  mkdir -p "$guest_root$(dirname "$as")"
  install -m 755 "$file" "$guest_root$as"
  # ldd prints "name => /path (…)" and "/lib64/ld-linux-x86-64.so.2 (…)".
  for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
    [ -e "$guest_root$library" ] && continue
    mkdir -p "$guest_root$(dirname "$library")"
    install -m 755 "$library" "$guest_root$library"
  done
}

guest_run() {
  local payload=$1 seconds=$2 log=$guest_work/console status
  install -m 755 "$payload" "$guest_root/guest/payload"
  guest_initramfs
  PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -O ^has_journal -L root -d "$guest_root" \
    "$guest_work/disk" "$(($(du -sm "$guest_root" | cut -f1) + 256))M" >/dev/null
  # -cpu max offers what the emulation has (RDRAND: the guest's random numbers are ready at once).
  # One processor wakes a waiting thread soonest here; with several, Linux distrusts an emulated
  # TSC and asks a slow clock instead, unless told not to.
  timeout -k 5 "$seconds" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
    -smp "${guest_processors:-1}" -m 1G \
    -display none -monitor none -serial stdio -no-reboot -nodefaults -net none \
    -drive "file=$guest_work/disk,format=raw,if=virtio,cache=unsafe" \
    -kernel "$guest_tree"/boot/vmlinuz-* -initrd "$guest_work/initramfs.cpio" \
    -append "console=ttyS0 panic=-1 quiet mitigations=off tsc=reliable random.trust_cpu=on" </dev/null 2>&1 |
    tr -d '\r' | tee "$log" | sed -un '/^guest-begin/,/^guest-status/{/^guest-/!p}' || true
  status=$(sed -n 's/^guest-status: //p' "$log" | tail -1)
  if [ -z "$status" ]; then
    echo "the guest did not come to its end in $seconds s; the last of its console:"
    tail -30 "$log"
    return 124
  fi
  return "$status"
}
