/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va_model.h - random calls of the address engine beside its oracle
 *
 * Each step takes somewhere, takes a given range, gives, or makes a call that
 * must be refused. The metadata starts as garbage. Every @every-th step the
 * whole of the engine is compared with the oracle, and a placement is
 * predicted; in between only that the range was free.
 */
#ifndef VA_MODEL_H
#define VA_MODEL_H

#include "va_oracle.h"

struct model {
	struct xmem_va va;
	struct oracle oracle;
	uint64_t seed;
	unsigned long max_nr; /* pages of an area */
	int predict;	      /* in this step */
};

static unsigned long pick(struct model *m, unsigned long below)
{
	return test_random(&m->seed) % below;
}

static void step_take(struct model *m)
{
	unsigned long nr = pick(m, m->max_nr) + 1;
	unsigned long align = pick(m, 4) != 0 ? 1 : 1UL << pick(m, 8);
	unsigned long bias = pick(m, 1000);
	unsigned int tag = (unsigned int)pick(m, 3) + 1;
	unsigned long expected = XMEM_VA_NONE;
	unsigned long at;

	if (m->predict) {
		expected = oracle_place(&m->oracle, nr, align, bias);
	}
	at = xmem_va_take(&m->va, nr, align, bias, tag);
	if (m->predict) {
		assert_int_equal(at, expected);
	}
	if (at != XMEM_VA_NONE) {
		assert_true(oracle_is_free(&m->oracle, at, nr + 1));
		assert_int_equal((at + bias) % align, 0);
		oracle_take(&m->oracle, at, nr, tag);
	}
}

static void step_take_at(struct model *m)
{
	unsigned long page = pick(m, m->oracle.nr + 2);
	unsigned long nr = pick(m, m->max_nr + 1);
	int ret = xmem_va_take_at(&m->va, page, nr, 1);

	if (page == 0 || nr == 0 || page + nr >= m->oracle.nr) {
		assert_int_equal(ret, -XMEM_EINVAL);
	} else if (oracle_is_free(&m->oracle, page, nr + 1)) {
		assert_int_equal(ret, 0);
		oracle_take(&m->oracle, page, nr, 1);
	} else {
		assert_int_equal(ret, -XMEM_EBUSY);
	}
}

/* At any page: most often not where an area starts. */
static void step_give_anywhere(struct model *m)
{
	unsigned long page = pick(m, m->oracle.nr + 2);
	int area = oracle_is_area(&m->oracle, page);

	assert_int_equal(xmem_va_give(&m->va, page), area ? 0 : -XMEM_EINVAL);
	if (area) {
		oracle_give(&m->oracle, page);
	}
}

static void step_give(struct model *m)
{
	unsigned long page = xmem_va_find(&m->va, pick(m, m->oracle.nr));

	if (page != XMEM_VA_NONE) {
		assert_true(oracle_is_area(&m->oracle, page));
		assert_int_equal(xmem_va_give(&m->va, page), 0);
		oracle_give(&m->oracle, page);
	}
}

static void step_tag(struct model *m)
{
	unsigned long page = xmem_va_find(&m->va, pick(m, m->oracle.nr));
	unsigned int from = (unsigned int)pick(m, 4);
	unsigned int to = (unsigned int)pick(m, 5);
	unsigned long expected = 0;

	if (page == XMEM_VA_NONE || pick(m, 8) == 0) {
		page = pick(m, m->oracle.nr + 2);
	}
	if (oracle_is_area(&m->oracle, page) && to >= 1 && to <= 3 &&
	    from == m->oracle.tag[page]) {
		expected = oracle_end(&m->oracle, page) - page - 1;
		m->oracle.tag[page] = (unsigned char)to;
	}
	assert_int_equal(xmem_va_retag(&m->va, page, from, to), expected);
}

/* Times of filling up and of emptying take turns. */
static void step(struct model *m, int fill)
{
	unsigned long choice = pick(m, 100);

	if (choice < (fill ? 60UL : 25UL)) {
		step_take(m);
	} else if (choice < (fill ? 70UL : 35UL)) {
		step_take_at(m);
	} else if (choice < 90) {
		step_give(m);
	} else if (choice < 95) {
		step_give_anywhere(m);
	} else {
		step_tag(m);
	}
}

static void walk(unsigned long nr, unsigned long max_nr, unsigned long steps,
		 unsigned long every)
{
	unsigned long bytes = xmem_va_bytes(nr);
	struct model m = {.seed = nr * 2654435761U + 1, .max_nr = max_nr};
	unsigned char *mem = malloc(bytes);

	memset(mem, 0xa5, bytes);
	xmem_va_init(&m.va, nr, mem);
	oracle_init(&m.oracle, nr);
	steps = test_steps(steps);
	for (unsigned long i = 0; i < steps; i++) {
		m.predict = i % every == 0;
		step(&m, i / (8 * nr) % 3 != 2);
		if (m.predict) {
			oracle_compare(&m.oracle, &m.va);
		}
	}
	oracle_compare(&m.oracle, &m.va);
	oracle_fini(&m.oracle);
	free(mem);
}

/* The smallest windows there are: three to nine pages. */
static void smallest_windows(void **state)
{
	(void)state;
	for (unsigned long nr = 3; nr < 10; nr++) {
		walk(nr, nr, 20000, 1);
	}
}

/* A hundred pages: all compared after every step. */
static void small_window(void **state)
{
	(void)state;
	walk(100, 20, 1000000, 1);
}

/* Some thousand pages in areas that reach every class. */
static void middle_window(void **state)
{
	(void)state;
	walk(5003, 300, 1000000, 1000);
}

/* Many areas, many levels. */
static void large_window(void **state)
{
	(void)state;
	walk(300007, 64, 1000000, 20000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(smallest_windows),
	cmocka_unit_test(small_window),
	cmocka_unit_test(middle_window),
	cmocka_unit_test(large_window),
};

#endif /* VA_MODEL_H */
