# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154
#
# arm.sh - what the machines of arm64 and arm32 have in common
#
# A tag is words joined by +. Four CPUs, which take turns, do half of the load.

half_load()
{
	[ "$cpus" -lt 4 ] || append=percent=50
}

words_of() # tag
{
	echo "${1:-el2}" | tr + ' '
}

# QEMU's own tree for this machine, and more. Four nodes have mistakes: no
# place, half a range, a range that wraps, a CPU that PSCI cannot start.
odd_tree()
{
	board=$board,dumpdtb=$log.dtb
	run_qemu > /dev/null 2>&1
	board=${board%,dumpdtb=*}
	{
		dtc -q -I dtb -O dts "$log.dtb" | sed \
			's|^/dts-v1/;|&\n/memreserve/ 0x44000000 0x1000;|'
		cat << 'EOF'
/ {
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		firmware@43000000 { reg = <0 0x43000000 0 0x100800>; };
		secret@43800000 { reg = <0 0x43800000 0 0x200000>; no-map; };
		pool { size = <0 0x100000>; };
	};
	dram@1 { device_type = "memory"; reg = <0 1 2>; };
	dram@2 { device_type = "memory"; reg = <(~0) (~0xfff) 0 0x2000>; };
	cpus {
		cpu@7 {
			device_type = "cpu";
			reg = <7>;
			enable-method = "spin-table";
		};
	};
};
EOF
	} | dtc -q -I dts -O dtb -o "$log.odd.dtb" -
	extra="$extra -dtb $log.odd.dtb"
	want=$((want - 2))
	append="$append odd=4"
}
