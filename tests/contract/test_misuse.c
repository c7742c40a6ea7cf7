/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_misuse.c - misuse panics with a message, and changes nothing
 *
 * The panic hook of a platform jumps back to the test; the locks that were
 * held are released by contract_try(). Afterwards the validators are content
 * and no page is missing. The host's tests/misuse goes through all cases; here
 * is one of each layer, to show that it works on the machine.
 */
#include <xmem/xmem.h>

#include "contract.h"

static unsigned long pages_before;

static bool contains(const char *text, const char *part)
{
	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (part[i] != '\0' && text[i] == part[i]) {
			i++;
		}
		if (part[i] == '\0') {
			return true;
		}
	}
	return false;
}

static bool panics(void (*fn)(void *), void *arg, const char *text)
{
	static struct contract_fault fault;
	char address[24];

	CHECK(contract_try(fn, arg, &fault));
	if (fault.cause != CAUSE_PANIC) {
		contract_diag("cause %u at %lx, pc %lx, raw %lx",
			      (unsigned int)fault.cause, fault.va, fault.pc,
			      fault.raw);
		return false;
	}
	contract_diag("says: %s", fault.text);
	contract_format(address, sizeof(address), "%lx", (unsigned long)arg);
	CHECK(contains(fault.text, text));
	CHECK(contains(fault.text, address));
	CHECK(total_free_pages() == pages_before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

static void do_free_domheap(void *arg)
{
	free_domheap_page(mfn_to_page(_mfn((unsigned long)arg)));
}

static void do_free_xenheap(void *arg)
{
	free_xenheap_page(arg);
}

static void do_xfree(void *arg)
{
	xfree(arg);
}

static void do_vfree(void *arg)
{
	vfree(arg);
}

static void do_vunmap(void *arg)
{
	vunmap(arg);
}

static bool double_free_of_a_page(void)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);
	char *x = alloc_xenheap_page();

	CHECK(pg != NULL && x != NULL);
	free_domheap_page(pg);
	free_xenheap_page(x);
	pages_before = total_free_pages();
	CHECK(panics(do_free_domheap, (void *)mfn_x(page_to_mfn(pg)),
		     "is free already"));
	CHECK(panics(do_free_xenheap, x, "is free already"));
	return true;
}

static bool double_free_of_an_object(void)
{
	char *keep = _xmalloc(64, 16);
	char *p = _xmalloc(64, 16);

	CHECK(keep != NULL && p != NULL);
	xfree(p);
	pages_before = total_free_pages();
	CHECK(panics(do_xfree, p, "is free already"));
	CHECK(panics(do_xfree, keep + 16, "is not the start of an"));
	xfree(keep);
	return true;
}

static bool free_of_anothers_memory(void)
{
	char *v = vmalloc(3 * PAGE_SIZE);
	char *x = _xmalloc(64, 16);
	char *gone = vmalloc(PAGE_SIZE);
	mfn_t mfn = xen_map_to_mfn((unsigned long)x);
	void *mapping = vmap(&mfn, 1);

	CHECK(v != NULL && x != NULL && gone != NULL && mapping != NULL);
	vfree(gone);
	pages_before = total_free_pages();
	CHECK(panics(do_xfree, v, "is not in memory of xmalloc"));
	CHECK(panics(do_vfree, x, "is not in a vmap window"));
	CHECK(panics(do_vfree, v + PAGE_SIZE, "is inside the area at"));
	CHECK(panics(do_vfree, gone, "is a free address"));
	CHECK(panics(do_vunmap, v + PAGE_SIZE, "is inside the area at"));
	CHECK(panics(do_vfree, mapping, "is a mapping"));
	vunmap(mapping);
	xfree(x);
	vfree(v);
	CHECK(xmem_check_all() == NULL);
	return true;
}

const struct contract_test contract_tests_misuse[] = {
	{"double free of a page panics, changes nothing",
	 double_free_of_a_page},
	{"double free of an object panics, changes nothing",
	 double_free_of_an_object},
	{"free of another layer's memory panics, changes nothing",
	 free_of_anothers_memory},
	{NULL, NULL},
};
