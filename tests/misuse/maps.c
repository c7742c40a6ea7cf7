/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maps.c - every misuse of vmap, vmalloc and xvmalloc, and the exact answer
 *
 * On the whole stack. What can legitimately be wrong, sizes and counts, gives
 * NULL. A wrong pointer handed back panics, with a message that names the
 * function, the address, what was found there and the caller. After each
 * misuse the frames in use and the addresses taken are what they were, and
 * at the end nothing has leaked.
 */
#include <xmem/xmem.h>

#include <xmem/debug.h>

#include "test.h"
#include "xmem_host.h"

static char *memory;  /* vmalloc, 3 pages */
static char *mapping; /* vmap, 1 page */
static char *object;  /* xmalloc, 100 bytes */
static char *pages;   /* xmalloc, 3 pages */

static unsigned long free_before;
static unsigned long used_before;

static int set_up(void **state)
{
	mfn_t mfn = _mfn(5);

	(void)state;
	assert_int_equal(xmem_host_boot(NULL), 0);
	memory = vmalloc(3 * PAGE_SIZE);
	mapping = vmap(&mfn, 1);
	object = _xmalloc(100, 8);
	pages = _xmalloc(3 * PAGE_SIZE, 8);
	assert_non_null(memory);
	assert_non_null(mapping);
	assert_non_null(object);
	assert_non_null(pages);
	free_before = total_free_pages();
	used_before = xmem_vmap_used(VMAP_DEFAULT);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vfree(memory);
	vunmap(mapping);
	xfree(object);
	xfree(pages);
	return xmem_host_shutdown() != 0;
}

static void expect_unchanged(void)
{
	assert_int_equal(total_free_pages(), free_before);
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), used_before);
	assert_int_equal(vmap_size(memory), 3);
	assert_int_equal(vmap_size(mapping), 1);
	ASSERT_VALID(xmem_check_all());
}

/* The message is "func: address what (caller 0x...". */
#define EXPECT_REPORT(statement, func, ptr, what)                            \
	do {                                                                 \
		char text_[256];                                             \
		snprintf(text_, sizeof(text_), "%s: %p %s (caller 0x", func, \
			 (const void *)(ptr), what);                         \
		EXPECT_PANIC(statement, text_);                              \
		expect_unchanged();                                          \
	} while (0)

/* "is inside the area at" an address. */
static const char *inside(const void *start)
{
	static char text[64];

	snprintf(text, sizeof(text), "is inside the area at %p", start);
	return text;
}

#define NOT_IN_WINDOW "is not in a vmap window"
#define FREE_ADDRESS  "is a free address, freed twice?"

/* vfree() of what xmalloc gave, and of anything outside the windows. */
static void vfree_of_foreign_pointers(void **state)
{
	char on_stack[8] = "";

	(void)state;
	EXPECT_REPORT(vfree(object), "vfree", object, NOT_IN_WINDOW);
	EXPECT_REPORT(vfree(pages), "vfree", pages, NOT_IN_WINDOW);
	EXPECT_REPORT(vfree(on_stack), "vfree", on_stack, NOT_IN_WINDOW);
	EXPECT_REPORT(vfree((void *)1), "vfree", 1, NOT_IN_WINDOW);
	EXPECT_REPORT(vfree(ZERO_BLOCK_PTR), "vfree", ZERO_BLOCK_PTR,
		      NOT_IN_WINDOW);
}

static void expect_interior(char *p)
{
	EXPECT_REPORT(vfree(p), "vfree", p, inside(memory));
}

/* Inside an area, its guard page included, or between areas. */
static void vfree_of_interior_pointers(void **state)
{
	static const unsigned long offsets[] = {1, 4095, PAGE_SIZE,
						2 * PAGE_SIZE, 3 * PAGE_SIZE};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		expect_interior(memory + offsets[i]);
	}
	EXPECT_REPORT(vfree((void *)VMAP_VIRT_START), "vfree", VMAP_VIRT_START,
		      FREE_ADDRESS);
}

/* Twice, also when the neighbours have joined meanwhile. */
static void vfree_twice(void **state)
{
	char *one = vmalloc(PAGE_SIZE);
	char *two = vmalloc(PAGE_SIZE);

	(void)state;
	vfree(two);
	vfree(one);
	EXPECT_REPORT(vfree(one), "vfree", one, FREE_ADDRESS);
	EXPECT_REPORT(vfree(two), "vfree", two, FREE_ADDRESS);
}

/* A mapping is not memory, memory is not a mapping. */
static void mappings_and_memory_mixed_up(void **state)
{
	(void)state;
	EXPECT_REPORT(vfree(mapping), "vfree", mapping,
		      "is a mapping, for vunmap()");
	EXPECT_REPORT(vunmap(memory), "vunmap", memory,
		      "is memory, for vfree()");
	EXPECT_REPORT(iounmap(memory), "iounmap", memory,
		      "is memory, for vfree()");
}

/* vunmap() of anything but the start of a living mapping. */
static void vunmap_of_wrong_pointers(void **state)
{
	char *device = ioremap(0xfee00123, 8);

	(void)state;
	used_before++;
	EXPECT_REPORT(vunmap(mapping + PAGE_SIZE), "vunmap",
		      mapping + PAGE_SIZE, inside(mapping));
	EXPECT_REPORT(vunmap(device), "vunmap", device,
		      inside((void *)((uintptr_t)device & PAGE_MASK)));
	EXPECT_REPORT(vunmap(object), "vunmap", object, NOT_IN_WINDOW);
	iounmap(device);
	used_before--;
	EXPECT_REPORT(iounmap(device), "iounmap", (uintptr_t)device & PAGE_MASK,
		      FREE_ADDRESS);
}

/* xvfree() judges a pointer by its address: wrong ones panic all the same. */
static void xvfree_of_wrong_pointers(void **state)
{
	(void)state;
	EXPECT_REPORT(xvfree(memory + PAGE_SIZE), "vfree", memory + PAGE_SIZE,
		      inside(memory));
	EXPECT_REPORT(xvfree(mapping), "vfree", mapping,
		      "is a mapping, for vunmap()");
	EXPECT_PANIC(xvfree(memory + 8), "xfree: ");
	expect_unchanged();
	EXPECT_PANIC(xvfree(object + 16), "xfree: ");
	expect_unchanged();
	EXPECT_PANIC(xfree(memory), "xfree: ");
	expect_unchanged();
	EXPECT_PANIC((void)!_xvrealloc(memory + PAGE_SIZE, 5, 8),
		     "no area starts at");
	expect_unchanged();
}

static void expect_no_realloc(void *ptr, unsigned long size)
{
	EXPECT_REPORT((void)!_xvrealloc(ptr, size, 8), "xvrealloc", ptr,
		      "is a mapping, for vunmap()");
}

/* xvrealloc() of a mapping, of memory or of a device, to any size, the same
 * number of pages too: nothing is read, allocated or lost. */
static void xvrealloc_of_mappings(void **state)
{
	char *device = ioremap(0xfee00000, PAGE_SIZE);
	char *inside_device = ioremap(0xfee00123, 8);

	(void)state;
	used_before += 2;
	for (unsigned long nr = 1; nr <= 3; nr++) {
		expect_no_realloc(mapping, nr * PAGE_SIZE - 8);
		expect_no_realloc(device, nr * PAGE_SIZE - 8);
	}
	EXPECT_PANIC((void)!_xvrealloc(inside_device, 8, 8),
		     "xmem_usable_size: ");
	EXPECT_REPORT((void)!_xvrealloc(mapping, 0, 8), "vfree", mapping,
		      "is a mapping, for vunmap()");
	expect_unchanged();
	iounmap(device);
	iounmap(inside_device);
	used_before -= 2;
}

static void expect_no_free(void *va, unsigned int order)
{
	EXPECT_PANIC(free_xenheap_pages(va, order),
		     "is part of an object, for xfree(), caller 0x");
	expect_unchanged();
}

/* Pages that are xmalloc's: of its pool, the first or another one of a large
 * object, alone or as part of a block, also after it has shrunk. */
static void pages_of_xmalloc_freed_as_pages(void **state)
{
	char *large = _xmalloc(4 * PAGE_SIZE, 4 * PAGE_SIZE);
	char *page = (char *)((uintptr_t)object & PAGE_MASK);

	(void)state;
	free_before = total_free_pages();
	EXPECT_PANIC(free_xenheap_page(page), "is a page of xmalloc's pool");
	expect_unchanged();
	for (unsigned int i = 0; i < 4; i++) {
		expect_no_free(large + i * PAGE_SIZE, 0);
	}
	expect_no_free(large, 2);
	expect_no_free(large + 2 * PAGE_SIZE, 1);
	assert_ptr_equal(_xrealloc(large, 2 * PAGE_SIZE, 8), large);
	free_before += 2;
	expect_no_free(large, 1);
	expect_no_free(large + PAGE_SIZE, 0);
	xfree(large);
	free_before += 2;
	expect_unchanged();
}

/* NULL everywhere, and xvfree() of the zero block, are no misuse. */
static void null_is_ignored(void **state)
{
	(void)state;
	vfree(NULL);
	vunmap(NULL);
	iounmap(NULL);
	xvfree(NULL);
	xvfree(ZERO_BLOCK_PTR);
	expect_unchanged();
}

/* Nothing to map, or more than numbers can say. */
static void vmap_of_nothing_and_too_much(void **state)
{
	mfn_t mfn[2] = {_mfn(7), INVALID_MFN};

	(void)state;
	assert_null(vmap(mfn, 0));
	assert_null(vmap(mfn, 2));
	assert_null(vmap_contig(mfn[0], 0));
	assert_null(vmap_contig(mfn[0], ~0U));
	assert_null(vmap_contig(INVALID_MFN, 1));
	assert_null(__vmap(mfn, 0, 1, 1, PAGE_HYPERVISOR, VMAP_DEFAULT));
	assert_null(__vmap(mfn, ~0U, ~0U, 1, PAGE_HYPERVISOR, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 5, PAGE_HYPERVISOR, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1U << 31, PAGE_HYPERVISOR, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1, PAGE_HYPERVISOR, VMAP_REGION_NR));
	assert_null(ioremap(0x1000, 0));
	assert_null(ioremap(0x1001, SIZE_MAX));
	assert_null(ioremap(~(paddr_t)0 - 100, 200));
	expect_unchanged();
}

/* A mapping is never writable and executable at once. */
static void writable_code(void **state)
{
	mfn_t mfn = _mfn(7);
	unsigned int rwx = PAGE_HYPERVISOR_RW | XMEM_MAP_EXEC;

	(void)state;
	assert_null(__vmap(&mfn, 1, 1, 1, rwx, VMAP_XEN));
	assert_null(__vmap(&mfn, 1, 1, 1, rwx, VMAP_DEFAULT));
	assert_null(ioremap_attr(0x1000, 1, PAGE_HYPERVISOR_UC | rwx));
	expect_unchanged();
}

/* No bytes, and sizes that wrap when rounded or exceed any window. */
static void vmalloc_of_nothing_and_too_much(void **state)
{
	static const size_t sizes[] = {0, SIZE_MAX, SIZE_MAX / 2,
				       SIZE_MAX / 2 + 1, (size_t)1 << 50};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		assert_null(vmalloc(sizes[i]));
		assert_null(vzalloc(sizes[i]));
		assert_null(vmalloc_xen(sizes[i]));
	}
	for (size_t k = 0; k < 16; k++) {
		assert_null(vmalloc(SIZE_MAX - (PAGE_SIZE - 1) + k));
		assert_null(vmalloc(SIZE_MAX - 4095 + k));
		assert_null(_xvmalloc(SIZE_MAX - 4095 + k, 8));
	}
	assert_null(_xvmalloc(PAGE_SIZE, 3));
	assert_null(_xvmalloc(2 * PAGE_SIZE, 3));
	expect_unchanged();
}

/* A window that is there already, or that is none. */
static void windows_set_up_wrong(void **state)
{
	char *end = arch_vmap_virt_end();

	(void)state;
	EXPECT_PANIC(vm_init(), "window 0 is set up already");
	EXPECT_PANIC(vm_init_type(VMAP_XEN, end, end + PAGE_SIZE),
		     "window 1 is set up already");
	EXPECT_PANIC(vm_init_type(VMAP_REGION_NR, end, end + PAGE_SIZE),
		     "there is no window 2");
	expect_unchanged();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(vfree_of_foreign_pointers),
	cmocka_unit_test(vfree_of_interior_pointers),
	cmocka_unit_test(vfree_twice),
	cmocka_unit_test(mappings_and_memory_mixed_up),
	cmocka_unit_test(vunmap_of_wrong_pointers),
	cmocka_unit_test(xvfree_of_wrong_pointers),
	cmocka_unit_test(xvrealloc_of_mappings),
	cmocka_unit_test(pages_of_xmalloc_freed_as_pages),
	cmocka_unit_test(null_is_ignored),
	cmocka_unit_test(vmap_of_nothing_and_too_much),
	cmocka_unit_test(writable_code),
	cmocka_unit_test(vmalloc_of_nothing_and_too_much),
	cmocka_unit_test(windows_set_up_wrong),
};

int main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
