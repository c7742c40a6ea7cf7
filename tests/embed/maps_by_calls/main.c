/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a kernel that maps by calls takes everything but page tables
 *
 * glue.c is all that stands between vmap and the kernel's mmu.h.
 *
 * once: maps_own_tables has the same layers
 * include: tests/embed/maps_by_calls tests/embed/common
 * with: tests/embed/maps_by_calls/glue.c tests/embed/common/machine.c
 * with: tests/embed/common/mmu.c tests/embed/common/direct.c
 * link: tests/embed/common/console.c
 * link: src/va/ src/vmap/ src/malloc/ src/tlsf/ src/pool/ src/debug/
 * link: src/boot/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/[a-z]*.c
 * flags: -O0
 */
#include <maps.h>

int main(void)
{
	return check_maps();
}
