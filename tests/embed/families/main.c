/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a host that uses every family of functions, and has defined some of
 * them itself
 *
 * Here it has defined none. tests/embed/families.sh links it with each choice
 * of own_*.c, and the rest comes from the archive: nothing is defined twice,
 * the host's functions are those that it calls, and the library calls them only
 * where it may: xvmalloc is made of xmalloc, vmalloc and vmap_contains(), and
 * what the host has defined itself may be made of anything.
 */
#include <xmem/xmem.h>
#include <xmem_host.h>

#include "../common/tap.h"
#include "own.h"

/* Calls of a family that the host has defined, or -1. */
static long calls(const unsigned long *counter)
{
	return counter != NULL ? (long)*counter : -1;
}

#define OWN_COUNT(name)                            \
	static long name##_calls(void)             \
	{                                          \
		return calls(&own_##name##_calls); \
	}
OWN_FAMILIES(OWN_COUNT)

static int fills(void *ptr, unsigned long size)
{
	unsigned char *bytes = ptr;

	if (ptr == NULL) {
		return 0;
	}
	memset(bytes, 0x5a, size);
	return bytes[0] == 0x5a && bytes[size - 1] == 0x5a;
}

static int use_xmalloc(void)
{
	void *p = _xmalloc(100, 16);
	int good = fills(p, 100);

	p = _xrealloc(p, 3 * PAGE_SIZE, 16);
	good &= fills(p, 3 * PAGE_SIZE) && xmem_usable_size(p) >= 3 * PAGE_SIZE;
	xfree(p);
	p = _xzalloc_array(8, 8, 100);
	good &= fills(p, 800);
	xfree(p);
	return good;
}

static void *get_page(unsigned long bytes)
{
	return alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
}

static void put_page(void *page)
{
	free_xenheap_page(page);
}

static int use_pool(void)
{
	struct xmem_pool *pool =
		xmem_pool_create("a", get_page, put_page, 0, PAGE_SIZE);
	void *p = pool != NULL ? xmem_pool_alloc(100, pool) : NULL;
	int good = fills(p, 100) && xmem_pool_get_used_size(pool) >= 100 &&
		   xmem_pool_maxalloc(pool) >= 100;

	xmem_pool_free(p, pool);
	xmem_pool_destroy(pool);
	return good;
}

static int use_vmap(void)
{
	struct page_info *pg[3];
	mfn_t mfn[3];
	char *va;
	int good;

	for (int i = 0; i < 3; i++) {
		pg[i] = alloc_domheap_page(NULL, 0);
		mfn[i] = page_to_mfn(pg[i]);
	}
	va = vmap(mfn, 3);
	good = fills(va, 3 * PAGE_SIZE) && vmap_contains(va) &&
	       vmap_size(va) == 3 &&
	       mfn_eq(vmap_to_mfn(va + PAGE_SIZE), mfn[1]) &&
	       vmap_to_page(va) == pg[0];
	vunmap(va);
	for (int i = 0; i < 3; i++) {
		free_domheap_page(pg[i]);
	}
	return good;
}

static int use_vmalloc(void)
{
	void *p = vmalloc(5 * PAGE_SIZE);
	int good = fills(p, 5 * PAGE_SIZE) && vmalloc_size(p) == 5;

	vfree(p);
	p = vzalloc(1);
	good &= fills(p, 1);
	vfree(p);
	return good;
}

static int use_ioremap(void)
{
	const paddr_t device = (paddr_t)1 << (PADDR_BITS - 1);
	char __iomem *p = ioremap(device + 5, 10);
	int good = (unsigned long)p % PAGE_SIZE == 5;

	iounmap(p);
	return good;
}

static int use_xvmalloc(void)
{
	void *p = _xvmalloc(10, 8);
	int good = fills(p, 10);

	p = _xvrealloc(p, 9 * PAGE_SIZE, 8);
	good &= fills(p, 9 * PAGE_SIZE);
	xvfree(p);
	return good;
}

static int use_checks(void)
{
	struct xmem_pool *pool =
		xmem_pool_create("b", get_page, put_page, 0, PAGE_SIZE);
	int good = pool != NULL && xmem_heap_check() == NULL &&
		   xmem_xmalloc_check() == NULL && xmem_vmap_check() == NULL &&
		   xmem_check_all() == NULL;

	/* What one has made, the other cannot look at. */
	if (pool_calls() < 0 || checks_calls() >= 0) {
		good &= xmem_pool_check(pool) == NULL;
	}
	xmem_pool_destroy(pool);
	return good;
}

static const struct family {
	const char *name;
	int (*use)(void);
	long (*calls)(void);
	const char *made_of; /* families that the library's one may call */
} families[] = {
	{"xmalloc", use_xmalloc, xmalloc_calls, ""},
	{"pool", use_pool, pool_calls, ""},
	{"vmap", use_vmap, vmap_calls, ""},
	{"vmalloc", use_vmalloc, vmalloc_calls, ""},
	{"ioremap", use_ioremap, ioremap_calls, ""},
	{"xvmalloc", use_xvmalloc, xvmalloc_calls, "xmalloc vmalloc vmap"},
	/* It makes a pool to look at. */
	{"checks", use_checks, checks_calls, "pool"},
};

#define NR (sizeof(families) / sizeof(families[0]))

/* Use @f. Its own functions are called if the host has some; no family of the
 * host's is called by the library's @f. */
static int try(const struct family *f)
{
	long before[NR];
	int good;

	for (unsigned int i = 0; i < NR; i++) {
		before[i] = families[i].calls();
	}
	good = f->use();
	for (unsigned int i = 0; i < NR; i++) {
		const struct family *g = &families[i];
		int called = g->calls() > before[i];

		if (g == f) {
			good &= called == (g->calls() >= 0);
		} else if (called && f->calls() < 0 &&
			   strstr(f->made_of, g->name) == NULL) {
			printf("%s calls the host's %s\n", f->name, g->name);
			good = 0;
		}
	}
	return good;
}

static void start_memory(void)
{
	unsigned long first, end;

	for (unsigned int i = 0; xmem_host_range_at(i, &first, &end); i++) {
		init_boot_pages((paddr_t)first << PAGE_SHIFT,
				(paddr_t)end << PAGE_SHIFT);
	}
	arch_init_directmap();
	arch_init_frametable();
	end_boot_allocator();
	vm_init();
	heap_init_late();
}

int main(void)
{
	unsigned long all;

	xmem_host_power_on(NULL);
	start_memory();
	for (unsigned int i = 0; i < NR; i++) {
		tap(try(&families[i]), families[i].name);
	}
	/* What comes first may keep something: a page table, a spare region. */
	all = total_free_pages();
	for (unsigned int i = 0; i < NR; i++) {
		(void)families[i].use();
	}
	tap(total_free_pages() == all, "nothing is lost");
	return tap_end();
}
