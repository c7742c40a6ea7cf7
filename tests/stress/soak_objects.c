/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak_objects.c - xmalloc, xvmalloc and pools
 */
#include "soak.h"

static size_t random_size(struct cpu *cpu)
{
	unsigned long die = soak_below(cpu, 100);
	size_t most = die < 60 ? 100 : die < 90 ? 3000 : 40000;

	return 1 + soak_below(cpu, most);
}

static unsigned long random_align(struct cpu *cpu)
{
	return soak_one_in(cpu, 2) ? 16 : 1UL << soak_below(cpu, 8);
}

static bool keep(struct thing *t, void *va, size_t size, unsigned long align)
{
	t->va = va;
	t->size = size;
	if (va != NULL && (uintptr_t)va % align != 0) {
		soak_error("%p is not aligned to %lu", va, align);
	}
	return va != NULL;
}

static void stamp(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_fill(t->va, t->size, t->mark);
}

static void check(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_check(t->va, t->size, t->mark);
}

/* A resized object has what it had, as far as it reaches; then it is @t's, with
 * @va NULL if it has not been resized. */
static void check_resized(struct thing *t, void *va, size_t size)
{
	if (va == NULL) {
		return;
	}
	soak_check(va, size < t->size ? size : t->size, t->mark);
	t->va = va;
	t->size = size;
	soak_fill(va, size, t->mark);
}

/* A copy of some bytes has them. */
static bool check_copy(struct thing *t, void *va, const char *of, size_t size)
{
	if (va != NULL && memcmp(va, of, size) != 0) {
		soak_error("a copy at %p is none", va);
	}
	return keep(t, va, size, 1);
}

static const char text[128] = "what is copied";

/* ---- xmalloc ---- */

static bool make_xmalloc(struct cpu *cpu, struct thing *t)
{
	size_t size = random_size(cpu);
	unsigned long align = random_align(cpu);
	void *va;

	switch (soak_below(cpu, 6)) {
	case 0:
		va = _xzalloc(size, align);
		break;
	case 1:
		va = _xzalloc_array(1, align, size);
		break;
	case 2:
		return keep(t, _xmalloc_array(size, align, 3), 3 * size, align);
	case 3:
		return check_copy(t, _xmemdup(text, sizeof(text), align), text,
				  sizeof(text));
	default:
		return keep(t, _xmalloc(size, align), size, align);
	}
	if (va != NULL) {
		soak_check_zeroed(va, size);
	}
	return keep(t, va, size, align);
}

static void resize_xmalloc(struct cpu *cpu, struct thing *t)
{
	size_t size = random_size(cpu);

	if (soak_one_in(cpu, 2)) {
		check_resized(t, _xrealloc(t->va, size, 16), size);
	} else {
		check_resized(t, _xrealloc_array(t->va, size, 16, 2), 2 * size);
	}
	if (xmem_usable_size(t->va) < t->size) {
		soak_error("%p has less than %zu bytes", t->va, t->size);
	}
}

static void drop_xmalloc(struct cpu *cpu, struct thing *t)
{
	if (soak_one_in(cpu, 2)) {
		resize_xmalloc(cpu, t);
		check(cpu, t);
	}
	xfree(t->va);
}

/* ---- xvmalloc ---- */

static bool make_xvmalloc(struct cpu *cpu, struct thing *t)
{
	size_t size = random_size(cpu);
	unsigned int align = (unsigned int)random_align(cpu);
	void *va;

	switch (soak_below(cpu, 3)) {
	case 0:
		va = _xvzalloc(size, align);
		if (va != NULL) {
			soak_check_zeroed(va, size);
		}
		return keep(t, va, size, align);
	case 1:
		return check_copy(t, _xvmemdup(text, sizeof(text), align), text,
				  sizeof(text));
	default:
		return keep(t, _xvmalloc(size, align), size, align);
	}
}

static void drop_xvmalloc(struct cpu *cpu, struct thing *t)
{
	if (soak_one_in(cpu, 2)) {
		size_t size = random_size(cpu);

		check_resized(t, _xvrealloc(t->va, size, 16), size);
		check(cpu, t);
	}
	xvfree(t->va);
}

/* ---- pools that all share: of xenheap, and of vmalloc ---- */

#define NR_POOLS 2U
#define REGION	 (2 * PAGE_SIZE)

static struct xmem_pool *pools[NR_POOLS];

static void *get_xenheap(unsigned long bytes)
{
	return alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
}

static void put_xenheap(void *va)
{
	free_xenheap_pages(va, get_order_from_bytes(REGION));
}

static void *get_vmalloc(unsigned long bytes)
{
	return vmalloc(bytes);
}

void soak_open_pools(void)
{
	pools[0] =
		xmem_pool_create("soak-x", get_xenheap, put_xenheap, 0, REGION);
	pools[1] = xmem_pool_create("soak-v", get_vmalloc, vfree, 64 * REGION,
				    REGION);
	assert_non_null(pools[0]);
	assert_non_null(pools[1]);
}

void soak_close_pools(void)
{
	for (unsigned int i = 0; i < NR_POOLS; i++) {
		assert_int_equal(xmem_pool_get_used_size(pools[i]), 0);
		ASSERT_VALID(xmem_pool_check(pools[i]));
		xmem_pool_destroy(pools[i]);
	}
}

static bool make_pooled(struct cpu *cpu, struct thing *t)
{
	struct xmem_pool *pool = pools[soak_below(cpu, NR_POOLS)];
	size_t size = 1 + soak_below(cpu, soak_one_in(cpu, 4) ? 3000 : 200);
	unsigned long align = 16UL << soak_below(cpu, 4);

	if (size > (size_t)xmem_pool_maxalloc(pool)) {
		soak_error("a pool has only %d bytes",
			   xmem_pool_maxalloc(pool));
	}
	t->pool = pool;
	if (soak_one_in(cpu, 64) && xmem_pool_check(pool) != NULL) {
		soak_error("%s", xmem_pool_check(pool));
	}
	if (xmem_pool_get_used_size(pool) > 1UL << 30 ||
	    xmem_pool_get_total_size(pool) % REGION != 0) {
		soak_error("a pool has lost count");
	}
	return soak_one_in(cpu, 2)
		       ? keep(t, xmem_pool_alloc(size, pool), size, 16)
		       : keep(t, xmem_pool_alloc_align(size, align, pool), size,
			      align);
}

static void drop_pooled(struct cpu *cpu, struct thing *t)
{
	struct xmem_pool *pool = t->pool;
	size_t size = 1 + soak_below(cpu, 300);

	if (xmem_pool_usable_size(t->va, pool) < t->size) {
		soak_error("%p has less than %zu bytes", t->va, t->size);
	}
	if (soak_one_in(cpu, 2) && xmem_pool_resize(t->va, size, pool)) {
		check_resized(t, t->va, size);
		check(cpu, t);
	}
	xmem_pool_free(t->va, pool);
}

/* ---- a pool of one's own, and an object in it ---- */

static bool make_pool(struct cpu *cpu, struct thing *t)
{
	struct xmem_pool *pool = xmem_pool_create("soak-own", get_xenheap,
						  put_xenheap, 0, REGION);

	if (pool == NULL) {
		return false;
	}
	t->pool = pool;
	if (!keep(t, xmem_pool_alloc(100, pool), 100, 16)) {
		xmem_pool_destroy(pool);
		return false;
	}
	(void)cpu;
	return true;
}

static void drop_pool(struct cpu *cpu, struct thing *t)
{
	struct xmem_pool *pool = t->pool;

	(void)cpu;
	xmem_pool_free(t->va, pool);
	xmem_pool_destroy(pool);
}

const struct soak_kind soak_objects[] = {
	{"xmalloc", 14, SOAK_OBJECTS, make_xmalloc, stamp, check, drop_xmalloc},
	{"xvmalloc", 6, SOAK_OBJECTS, make_xvmalloc, stamp, check,
	 drop_xvmalloc},
	{"pooled", 6, SOAK_OBJECTS, make_pooled, stamp, check, drop_pooled},
	{"pool", 1, SOAK_OBJECTS, make_pool, stamp, check, drop_pool},
};
const unsigned int soak_nr_objects =
	sizeof(soak_objects) / sizeof(soak_objects[0]);
