/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image.c - the library's own variables, as they are before the first boot
 *
 * The library has no function that undoes a boot, as no hypervisor needs
 * one. A process that boots several machines, one after the other, puts its
 * variables back instead: the host build names the library's data sections
 * xmem_data and xmem_bss (objcopy, see the Makefile), the linker gives their
 * bounds. Without the names a process can boot once.
 *
 * The copies go word by word through volatile pointers, since a sanitizer
 * must not look: there are red zones between the variables.
 */
#include <stdlib.h>

#include "host_priv.h"

#define WEAK __attribute__((weak, visibility("hidden")))
extern unsigned char __start_xmem_data[] WEAK;
extern unsigned char __stop_xmem_data[] WEAK;
extern unsigned char __start_xmem_bss[] WEAK;
extern unsigned char __stop_xmem_bss[] WEAK;

/* Coverage counters lie among the variables: write them out before. */
#ifdef XMEM_HOST_GCOV
void __gcov_dump(void);
void __gcov_reset(void);
#else
#define __gcov_dump()  ((void)0)
#define __gcov_reset() ((void)0)
#endif

static unsigned char *saved;
static bool booted;

__attribute__((no_sanitize("address", "thread"))) static void copy(
	volatile unsigned char *to, const volatile unsigned char *from,
	size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
	}
}

__attribute__((no_sanitize("address", "thread"))) static void clear(
	volatile unsigned char *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to[i] = 0;
	}
}

static size_t data_bytes(void)
{
	return (size_t)(__stop_xmem_data - __start_xmem_data);
}

static size_t bss_bytes(void)
{
	return (size_t)(__stop_xmem_bss - __start_xmem_bss);
}

int xmem_host_image_reset(void)
{
	if (!booted) {
		booted = true;
		saved = malloc(data_bytes() + 1);
		if (saved == NULL) {
			return -XMEM_ENOMEM;
		}
		copy(saved, __start_xmem_data, data_bytes());
		return 0;
	}
	if (bss_bytes() == 0) {
		return -XMEM_EBUSY;
	}
	__gcov_dump();
	__gcov_reset();
	copy(__start_xmem_data, saved, data_bytes());
	clear(__start_xmem_bss, bss_bytes());
	return 0;
}
