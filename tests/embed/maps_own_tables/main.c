/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a kernel with page tables of its own takes everything else
 *
 * glue.c is all that stands between vmap and the entries that mmu.h describes.
 *
 * include: tests/embed/maps_own_tables tests/embed/common
 * with: tests/embed/maps_own_tables/glue.c tests/embed/common/machine.c
 * with: tests/embed/common/mmu.c tests/embed/common/direct.c
 * link: tests/embed/common/console.c
 * link: src/va/ src/vmap/ src/malloc/ src/tlsf/ src/pool/ src/debug/
 * link: src/boot/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/[a-z]*.c
 * flags: -O0
 * like: tests/embed/maps_by_calls/main.c
 */
#include <maps.h>

int main(void)
{
	return check_maps();
}
