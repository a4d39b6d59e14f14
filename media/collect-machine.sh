#!/bin/sh
# Prints what VFIO Lab needs to import this machine's PCI devices and IOMMU groups, as text:
#
#   sudo sh collect-machine.sh > my-machine.txt
#   vfio-lab import my-machine.txt
#
# It reads only below /sys/bus/pci/devices: ids, classes, drivers, IOMMU groups, virtual functions, and configuration
# space. Serial numbers in configuration space are replaced by zeros; there are no names of hosts or users, no
# addresses of network cards, no contents of memory. It changes nothing and needs no tools beyond a POSIX shell.
# Without sudo the capabilities of the devices cannot be read, and their isolation is taken from the groups alone.
#
# Another root than /sys may be given, for a copy of it: sh collect-machine.sh COPY/sys

root=${1:-/sys}

# Configuration space on standard input as hex digits, without the serial number (extended capability 3).
digits() {
  od -An -v -tx1 | tr -d ' \n' | awk '
    function byte(at) {
      return 16 * (index("0123456789abcdef", substr(s, 2 * at + 1, 1)) - 1) + index("0123456789abcdef", substr(s, 2 * at + 2, 1)) - 1
    }
    {
      s = $0
      size = length(s) / 2
      for (at = 256; at >= 256 && at + 4 <= size && steps++ < 96; at = next_at) {
        id = byte(at) + 256 * byte(at + 1)
        next_at = int((byte(at + 2) + 256 * byte(at + 3)) / 16)
        if (id == 0 || id == 65535) break
        if (id == 3) s = substr(s, 1, 2 * at + 8) "0000000000000000" substr(s, 2 * at + 25)
      }
      print s
    }'
}

echo "# a copy of sysfs for vfio-lab import, made by collect-machine.sh"
for device in "$root"/bus/pci/devices/*; do
  [ -e "$device/vendor" ] || continue
  path=$(cd -P "$device" && pwd)
  path=sys${path#"$(cd -P "$root" && pwd)"}
  for name in vendor device subsystem_vendor subsystem_device class revision sriov_totalvfs sriov_numvfs; do
    [ -r "$device/$name" ] && echo "$path/$name: $(cat "$device/$name")"
  done
  for link in "$device"/driver "$device"/iommu_group "$device"/physfn "$device"/virtfn*; do
    [ -L "$link" ] && echo "$path/${link##*/} -> $(readlink "$link")"
  done
  [ -r "$device/config" ] && echo "$path/config: $(digits < "$device/config")"
done
