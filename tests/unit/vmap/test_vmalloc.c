/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmalloc.c - memory from scattered frames, over stand-ins
 *
 * The stand-ins check the order of things: prepare, commit; park, flush,
 * collect, free. That vmap needs nothing else from below is shown by this
 * program being linked at all.
 *
 * link: src/vmap/lookup.c
 * link: src/vmap/vmalloc.c src/vmap/window.c src/vmap/window_check.c
 * link: src/frame/frame_index.c src/vmap/vm_init.c src/va/va.c
 * link: src/va/va_check.c src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * link: src/lib/phase.c
 */
#include "../../fake/fake_maps.h"

static bool is_filled_with(const void *p, unsigned char byte, size_t size)
{
	const unsigned char *at = p;

	for (size_t i = 0; i < size; i++) {
		if (at[i] != byte) {
			return false;
		}
	}
	return true;
}

/* Any size: whole pages, page aligned, one flush to free them. */
static void memory_comes_in_whole_pages(void **state)
{
	(void)state;
	for (unsigned long nr = 1; nr <= 40; nr++) {
		void *p = vmalloc(nr * PAGE_SIZE - nr);

		assert_non_null(p);
		assert_int_equal((unsigned long)p % PAGE_SIZE, 0);
		assert_int_equal(vmap_size(p), nr);
		assert_int_equal(fake.nr_used, nr);
		fake.nr_flushes = 0;
		vfree(p);
		assert_int_equal(fake.nr_flushes, 1);
		fake_expect_empty();
	}
}

/* One byte is a page, a page and a byte are two. */
static void sizes_are_rounded_up(void **state)
{
	void *p = vmalloc(1);
	void *q = vmalloc(PAGE_SIZE + 1);
	void *r = vmalloc(PAGE_SIZE);

	(void)state;
	assert_int_equal(vmap_size(p), 1);
	assert_int_equal(vmap_size(q), 2);
	assert_int_equal(vmap_size(r), 1);
	vfree(q);
	vfree(p);
	vfree(r);
	fake_expect_empty();
}

/* On both sides of every area is a page that is not mapped. */
static void guard_pages_are_unmapped(void **state)
{
	char *p[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		p[i] = vmalloc((unsigned long)(i + 1) << PAGE_SHIFT);
	}
	for (int i = 0; i < 3; i++) {
		unsigned long va = (unsigned long)p[i];
		unsigned long nr = (unsigned long)i + 1;

		assert_int_not_equal(pte_of(va - 1)->state, PTE_MAPPED);
		assert_int_equal(pte_of(va)->state, PTE_MAPPED);
		assert_int_equal(pte_of(va)->flags, PAGE_HYPERVISOR);
		assert_int_not_equal(pte_of(va + (nr << PAGE_SHIFT))->state,
				     PTE_MAPPED);
		vfree(p[i]);
	}
}

/* vzalloc() clears all of it. */
static void zeroed_memory_is_zero(void **state)
{
	void *p = vzalloc(20 * PAGE_SIZE - 100);

	(void)state;
	assert_true(is_filled_with(p, 0, 20 * PAGE_SIZE));
	vfree(p);
	p = vmalloc(PAGE_SIZE);
	assert_true(is_filled_with(p, 0xee, PAGE_SIZE));
	vfree(p);
	fake_expect_empty();
}

/* 2^32 pages of 4 KiB, where there can be so many. */
#define TOO_MANY_PAGES \
	(sizeof(size_t) >= 8 ? (size_t)(1ULL << 44) : SIZE_MAX / 3)

/* Zero and sizes beyond all windows give NULL without a call below. */
static void absurd_sizes_give_null(void **state)
{
	static const size_t sizes[] = {0,
				       SIZE_MAX,
				       SIZE_MAX - 1,
				       SIZE_MAX / 2,
				       SIZE_MAX - (PAGE_SIZE - 1),
				       SIZE_MAX - PAGE_SIZE,
				       TOO_MANY_PAGES,
				       WINDOW_PAGES << PAGE_SHIFT};

	(void)state;
	fake_fail(0);
	for (unsigned int i = 0; i < 8; i++) {
		assert_null(vmalloc(sizes[i]));
		assert_null(vzalloc(sizes[i]));
		assert_null(vmalloc_xen(sizes[i]));
	}
	for (size_t k = 0; k < 10; k++) {
		assert_null(vmalloc(SIZE_MAX - (PAGE_SIZE - 1) + k));
	}
	assert_int_equal(fake.nr_calls, 0);
	fake_expect_empty();
}

/* vmalloc_xen() takes from the other window. */
static void code_has_its_own_window(void **state)
{
	void *p = vmalloc_xen(5 * PAGE_SIZE);

	(void)state;
	assert_true(p > fake_start(VMAP_XEN) && p < fake_end(VMAP_XEN));
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 5);
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 0);
	vfree(p);
	fake_expect_empty();
}

/* Whichever call below fails, all is as before and nothing has leaked. */
static void every_failure_is_undone(void **state)
{
	unsigned long nr_failures = 0;
	void *p;

	(void)state;
	fake.max_run = 1; /* many batches */
	for (unsigned long n = 1;; n++) {
		fake_fail(n);
		p = vmalloc(40 * PAGE_SIZE);
		if (p != NULL) {
			break;
		}
		nr_failures++;
		fake_expect_empty();
		fake_fail(n);
		assert_null(vzalloc(40 * PAGE_SIZE));
		fake_expect_empty();
	}
	assert_int_equal(nr_failures, 6); /* tables, 5 batches of 8 runs */
	vfree(p);
	fake_expect_empty();
}

/* The heap runs dry half-way: nothing is lost, and smaller sizes work. */
static void exhausted_heap_gives_null(void **state)
{
	void *p;
	void *q;

	(void)state;
	memset(fake_frame + 30, 1, NR_FRAMES - 30);
	p = vmalloc(20 * PAGE_SIZE);
	assert_non_null(p);
	assert_null(vmalloc(11 * PAGE_SIZE));
	assert_int_equal(fake.nr_used, 20);
	q = vmalloc(10 * PAGE_SIZE);
	assert_non_null(q);
	vfree(p);
	vfree(q);
	fake_expect_empty();
}

/* A full window gives NULL before any frame is taken. */
static void full_window_gives_null(void **state)
{
	void *p = vmalloc((WINDOW_PAGES - 2) << PAGE_SHIFT);

	(void)state;
	assert_non_null(p);
	fake_fail(0);
	assert_null(vmalloc(1));
	assert_int_equal(fake.nr_calls, 0);
	vfree(p);
	fake_expect_empty();
}

/* Before there is a heap the boot allocator gives the frames; they may be
 * freed later. */
static void early_memory_comes_from_boot(void **state)
{
	void *p;

	(void)state;
	fake.boot_active = true;
	fake_fail(9);
	assert_null(vmalloc(10 * PAGE_SIZE));
	fake_expect_empty();
	fake_fail(0);
	p = vmalloc(10 * PAGE_SIZE);
	assert_non_null(p);
	assert_int_equal(fake.nr_used, 10);
	fake.boot_active = false;
	vfree(p);
	fake_expect_empty();
}

/* Without a window there is no memory. */
static void no_window_gives_null(void **state)
{
	(void)state;
	fake_reset();
	assert_null(vmalloc(1));
	assert_null(vmalloc_xen(1));
}

/* NULL is ignored; VFREE forgets the pointer. */
static void null_is_ignored(void **state)
{
	char *p = vmalloc(100);

	(void)state;
	vfree(NULL);
	VFREE(p);
	assert_null(p);
	VFREE(p);
	fake_expect_empty();
}

/* A second vfree(), at once or after the address has a new owner's tail. */
static void double_free_panics(void **state)
{
	char *p = vmalloc(3 * PAGE_SIZE);

	(void)state;
	vfree(p);
	EXPECT_PANIC(vfree(p), "is a free address, freed twice?");
	assert_int_equal(fake.nr_used, 0);
}

/* Pointers into an area, to its guard, or from elsewhere. */
static void wild_frees_panic(void **state)
{
	char *p = vmalloc(3 * PAGE_SIZE);
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "is inside the area at %p", (void *)p);
	EXPECT_PANIC(vfree(p + 1), text);
	EXPECT_PANIC(vfree(p + PAGE_SIZE), text);
	EXPECT_PANIC(vfree(p + 3 * PAGE_SIZE), text);
	EXPECT_PANIC(vfree(p - PAGE_SIZE), "is a free address");
	EXPECT_PANIC(vfree(fake_meta), "is not in a vmap window");
	EXPECT_PANIC(vfree((void *)-1L), "is not in a vmap window");
	assert_int_equal(vmap_size(p), 3);
	assert_int_equal(fake.nr_used, 3);
	vfree(p);
	fake_expect_empty();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(memory_comes_in_whole_pages, fake_setup),
	cmocka_unit_test_setup(sizes_are_rounded_up, fake_setup),
	cmocka_unit_test_setup(guard_pages_are_unmapped, fake_setup),
	cmocka_unit_test_setup(zeroed_memory_is_zero, fake_setup),
	cmocka_unit_test_setup(absurd_sizes_give_null, fake_setup),
	cmocka_unit_test_setup(code_has_its_own_window, fake_setup),
	cmocka_unit_test_setup(every_failure_is_undone, fake_setup),
	cmocka_unit_test_setup(exhausted_heap_gives_null, fake_setup),
	cmocka_unit_test_setup(full_window_gives_null, fake_setup),
	cmocka_unit_test_setup(early_memory_comes_from_boot, fake_setup),
	cmocka_unit_test_setup(no_window_gives_null, fake_setup),
	cmocka_unit_test_setup(null_is_ignored, fake_setup),
	cmocka_unit_test_setup(double_free_panics, fake_setup),
	cmocka_unit_test_setup(wild_frees_panic, fake_setup),
};

TEST_MAIN(tests)
