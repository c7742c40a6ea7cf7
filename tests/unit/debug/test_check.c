/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_check.c - all validators in one call: the first complaint is passed on
 *
 * The validators themselves are stand-ins.
 *
 * link: src/debug/check.c
 */
#include "test.h"

#include <xmem/debug.h>

#include "heap/heap.h"
#include "malloc/malloc.h"
#include "vmap/vmap.h"

static const char *heap, *objects, *maps;

const char *xmem_heap_validate(void)
{
	return heap;
}

const char *xmem_xmalloc_validate(void)
{
	return objects;
}

const char *xmem_window_validate(void)
{
	return maps;
}

/* All well: NULL. */
static void all_well_is_null(void **state)
{
	(void)state;
	heap = objects = maps = NULL;
	assert_null(xmem_check_all());
}

/* Each layer's complaint comes through, the lower layer's first. */
static void each_complaint_comes_through(void **state)
{
	(void)state;
	maps = "maps";
	assert_string_equal(xmem_check_all(), "maps");
	objects = "objects";
	assert_string_equal(xmem_check_all(), "objects");
	heap = "heap";
	assert_string_equal(xmem_check_all(), "heap");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_well_is_null),
	cmocka_unit_test(each_complaint_comes_through),
};

TEST_MAIN(tests)
