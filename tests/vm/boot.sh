#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first program of the emulated machine: finds its disk and goes on there.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
while read -r module; do
  $b insmod "/modules/$module.ko" || echo "no module $module"
done </modules/order
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -b /dev/vda ] && break
  $b sleep 1
done
$b mount -t ext4 /dev/vda /root || echo "no disk"
$b umount /proc
$b mount --move /dev /root/dev
exec $b switch_root /root /guest/bin/busybox sh /guest/init
