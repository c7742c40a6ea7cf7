/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout_tests.h - the tests of a model of the heap: each layout, on a large
 * machine and on a tiny one
 *
 * For a program that has run_large() and run_tiny(), and TEST_MAIN(tests).
 */
#ifndef LAYOUT_TESTS_H
#define LAYOUT_TESTS_H

static void full_layout_behaves_as_the_model(void **state)
{
	(void)state;
	run_large(XMEM_LAYOUT_FULL);
}

static void partial_layout_behaves_as_the_model(void **state)
{
	(void)state;
	run_large(XMEM_LAYOUT_PARTIAL);
}

static void separate_layout_behaves_as_the_model(void **state)
{
	(void)state;
	run_large(XMEM_LAYOUT_SEPARATE);
}

static void tiny_full_layout_behaves_as_the_model(void **state)
{
	(void)state;
	run_tiny(XMEM_LAYOUT_FULL);
}

static void tiny_partial_layout_behaves_as_the_model(void **state)
{
	(void)state;
	run_tiny(XMEM_LAYOUT_PARTIAL);
}

static void tiny_separate_layout_behaves_as_the_model(void **state)
{
	(void)state;
	run_tiny(XMEM_LAYOUT_SEPARATE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(full_layout_behaves_as_the_model),
	cmocka_unit_test(partial_layout_behaves_as_the_model),
	cmocka_unit_test(separate_layout_behaves_as_the_model),
	cmocka_unit_test(tiny_full_layout_behaves_as_the_model),
	cmocka_unit_test(tiny_partial_layout_behaves_as_the_model),
	cmocka_unit_test(tiny_separate_layout_behaves_as_the_model),
};

#endif /* LAYOUT_TESTS_H */
