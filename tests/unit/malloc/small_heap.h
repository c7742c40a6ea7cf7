/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * small_heap.h - the four page functions that xmalloc needs, and no more
 *
 * A stand-in for the page layer over one static array: first fit, natural
 * alignment, a tag a page. It is as strict as the real one (a bad free is a
 * failure of the test), checks that no lock is held when it is called, and
 * fails on demand. Tests that include it link no object of src/page.
 */
#ifndef SMALL_HEAP_H
#define SMALL_HEAP_H

#include <xmem/pages.h>
#include <xmem/port.h>

#include "test.h"

#ifndef SMALL_HEAP_PAGES
#define SMALL_HEAP_PAGES 256UL /* a power of two */
#endif

static unsigned char heap_mem[SMALL_HEAP_PAGES << PAGE_SHIFT]
	__attribute__((aligned(SMALL_HEAP_PAGES << PAGE_SHIFT)));
static unsigned long heap_tag[SMALL_HEAP_PAGES];
static bool heap_used[SMALL_HEAP_PAGES];
static unsigned long heap_nr_used;
static unsigned long heap_nr_allocs;
static unsigned long heap_fail_at; /* 0 = never; n = the n-th from now on */
static bool heap_fail_always;	   /* ... and all that follow */

static bool heap_run_is(unsigned long from, unsigned long nr, bool used)
{
	for (unsigned long i = from; i < from + nr; i++) {
		if (heap_used[i] != used) {
			return false;
		}
	}
	return true;
}

static bool heap_must_fail(void)
{
	heap_nr_allocs++;
	if (heap_fail_at == 0) {
		return false;
	}
	if (heap_fail_at > 1) {
		heap_fail_at--;
		return false;
	}
	heap_fail_at = heap_fail_always;
	return true;
}

void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	unsigned long nr = 1UL << order;

	(void)memflags;
	assert_int_equal(xmem_host_held.nr, 0);
	if (heap_must_fail()) {
		return NULL;
	}
	for (unsigned long i = 0; i + nr <= SMALL_HEAP_PAGES; i += nr) {
		if (heap_run_is(i, nr, false)) {
			memset(&heap_used[i], true, nr);
			heap_nr_used += nr;
			return &heap_mem[i << PAGE_SHIFT];
		}
	}
	return NULL;
}

void free_xenheap_pages(void *va, unsigned int order)
{
	unsigned long offset = (uintptr_t)va - (uintptr_t)heap_mem;
	unsigned long from = offset >> PAGE_SHIFT, nr = 1UL << order;

	assert_int_equal(xmem_host_held.nr, 0);
	assert_true(offset < sizeof(heap_mem));
	assert_int_equal(offset & ((nr << PAGE_SHIFT) - 1), 0);
	assert_true(heap_run_is(from, nr, true));
	memset(&heap_used[from], false, nr);
	for (unsigned long i = from; i < from + nr; i++) {
		assert_int_equal(heap_tag[i], XMEM_TAG_NONE);
	}
	memset(va, 0xdb, nr << PAGE_SHIFT);
	heap_nr_used -= nr;
}

unsigned long xmem_xenheap_tag(const void *va)
{
	unsigned long offset = (uintptr_t)va - (uintptr_t)heap_mem;

	return offset < sizeof(heap_mem) ? heap_tag[offset >> PAGE_SHIFT]
					 : XMEM_TAG_NONE;
}

void xmem_xenheap_set_tag(void *va, unsigned long tag)
{
	unsigned long offset = (uintptr_t)va - (uintptr_t)heap_mem;

	assert_true(offset < sizeof(heap_mem));
	assert_int_equal(offset & (PAGE_SIZE - 1), 0);
	assert_true(heap_used[offset >> PAGE_SHIFT]);
	heap_tag[offset >> PAGE_SHIFT] = tag;
}

#endif /* SMALL_HEAP_H */
