/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap_model.c - random life of mappings and memory over stand-in maps
 *
 * vmalloc, vzalloc, vmalloc_xen, vmap, __vmap with blocks and alignment,
 * ioremap and their ends, over the page table and heap of
 * tests/fake/fake_maps.h, one call in five with a failure below at a
 * random place; and wrong frees, which must panic. The oracle is a list of
 * what is alive. After every step every page of both windows is compared: a
 * living page leads to its frame, all others to nothing; the frames in use
 * are those of living memory; the validator is content.
 *
 * link: src/vmap/vmap.c src/vmap/vmalloc.c src/vmap/window.c src/vmap/area.c
 * link: src/vmap/ioremap.c src/vmap/lookup.c
 * link: src/frame/frame_index.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c
 * link: src/lib/bitmap_tree_check.c src/lib/phase.c
 */
#include "../fake/fake_maps.h"

#define MAX_LIVE 64
#define MAX_NR	 24UL
/** Mapped frames are not the heap's: those may be freed. */
#define NOT_HEAP (FIRST_FRAME + NR_FRAMES)

enum kind { MEMORY, MAPPING, DEVICE };

struct live {
	unsigned char *va; /* of its first page */
	unsigned long nr;
	enum kind kind;
	unsigned long mfn[MAX_NR]; /* not of memory */
};

static struct live live[MAX_LIVE];
static unsigned int nr_live;
static uint64_t seed;

static unsigned long pick(unsigned long below)
{
	return test_random(&seed) % below;
}

static struct live *add(void *va, unsigned long nr, enum kind kind)
{
	struct live *l = &live[nr_live];

	if (va == NULL) {
		return NULL;
	}
	nr_live++;
	l->va = (unsigned char *)((unsigned long)va & PAGE_MASK);
	l->nr = nr;
	l->kind = kind;
	return l;
}

static void alloc_memory(void)
{
	size_t size = pick(MAX_NR << PAGE_SHIFT) + 1;
	unsigned long nr = (size - 1) / PAGE_SIZE + 1;
	unsigned long how = pick(8);

	if (how == 0) {
		unsigned char *va = vzalloc(size);

		if (add(va, nr, MEMORY) != NULL) {
			assert_int_equal(va[0] | va[size - 1], 0);
		}
	} else if (how < 4) {
		(void)add(vmalloc_xen(size), nr, MEMORY);
	} else {
		(void)add(vmalloc(size), nr, MEMORY);
	}
}

static void map_frames(void)
{
	unsigned int granularity = (unsigned int)pick(3) + 1;
	unsigned int nr = (unsigned int)pick(MAX_NR / 3) + 1;
	unsigned int align = 1U << pick(4);
	mfn_t mfns[MAX_NR];
	struct live *l;

	for (unsigned int i = 0; i < nr; i++) {
		/* Often one behind the other. */
		mfns[i] = i > 0 && pick(2) ? mfn_add(mfns[i - 1], granularity)
					   : _mfn(pick(1UL << 20) + NOT_HEAP);
	}
	l = add(__vmap(mfns, granularity, nr, align, PAGE_HYPERVISOR_RO,
		       pick(2) ? VMAP_XEN : VMAP_DEFAULT),
		(unsigned long)nr * granularity, MAPPING);
	if (l == NULL) {
		return;
	}
	assert_int_equal((unsigned long)l->va % (align << PAGE_SHIFT), 0);
	for (unsigned int i = 0; i < nr * granularity; i++) {
		l->mfn[i] = mfn_x(mfns[i / granularity]) + i % granularity;
	}
}

static void map_device(void)
{
	unsigned long first = pick(1UL << 20) + NOT_HEAP;
	unsigned long offset = pick(PAGE_SIZE);
	size_t len = pick(3 * PAGE_SIZE) + 1;
	unsigned long nr = (offset + len - 1) / PAGE_SIZE + 1;
	char *va = ioremap(((paddr_t)first << PAGE_SHIFT) + offset, len);
	struct live *l = add(va, nr, DEVICE);

	if (l != NULL) {
		assert_int_equal((unsigned long)va % PAGE_SIZE, offset);
		for (unsigned long i = 0; i < nr; i++) {
			l->mfn[i] = first + i;
		}
	}
}

static void end_one(void)
{
	unsigned int i = (unsigned int)pick(nr_live);
	struct live *l = &live[i];

	switch (l->kind) {
	case MEMORY:
		vfree(l->va);
		break;
	case MAPPING:
		vunmap(l->va);
		break;
	default:
		iounmap(l->va + pick(PAGE_SIZE));
		break;
	}
	live[i] = live[--nr_live];
}

static void expect_refusal(void *va, bool is_free_call)
{
	if (is_free_call) {
		EXPECT_PANIC(vfree(va), "vfree: ");
	} else {
		EXPECT_PANIC(vunmap(va), "vunmap: ");
	}
}

/* At any page of either window, by the wrong or the right function. */
static void misuse(void)
{
	unsigned char *va = fake_space[pick(2)];
	bool is_free_call = pick(2) != 0;

	va += pick(WINDOW_PAGES) << PAGE_SHIFT;
	for (unsigned int i = 0; i < nr_live; i++) {
		if (live[i].va == va &&
		    is_free_call == (live[i].kind == MEMORY)) {
			va++; /* It would be right. */
			break;
		}
	}
	expect_refusal(va, is_free_call);
}

static void step(void)
{
	unsigned long choice = pick(16);

	fake_fail(pick(5) == 0 ? pick(5) + 1 : 0);
	fake.max_run = pick(8) + 1;
	if (nr_live == MAX_LIVE || (nr_live > 0 && choice < 7)) {
		end_one();
	} else if (choice < 11) {
		alloc_memory();
	} else if (choice < 13) {
		map_frames();
	} else if (choice < 15) {
		map_device();
	} else if (pick(8) == 0) {
		misuse();
	}
}

static unsigned long compare_one(const struct live *l)
{
	const struct pte *pte = pte_of((unsigned long)l->va);

	assert_int_equal(vmap_size(l->va), l->nr);
	assert_false(pte[-1].state >= PTE_MAPPED);
	assert_false(pte[l->nr].state >= PTE_MAPPED);
	for (unsigned long i = 0; i < l->nr; i++) {
		assert_int_equal(pte[i].state, PTE_MAPPED);
		if (l->kind != MEMORY) {
			assert_int_equal(pte[i].mfn, l->mfn[i]);
		}
	}
	return l->nr;
}

static void compare(void)
{
	unsigned long owned = 0;
	unsigned long pages = 0;
	unsigned long mapped = 0;

	for (unsigned int i = 0; i < nr_live; i++) {
		pages += compare_one(&live[i]);
		owned += live[i].kind == MEMORY ? live[i].nr : 0;
	}
	for (unsigned long p = 0; p < 2 * WINDOW_PAGES; p++) {
		mapped += (&fake_table[0][0] + p)->state >= PTE_MAPPED;
	}
	assert_int_equal(mapped, pages);
	assert_int_equal(fake.nr_used, owned);
	assert_int_equal(
		xmem_vmap_used(VMAP_DEFAULT) + xmem_vmap_used(VMAP_XEN), pages);
	ASSERT_VALID(xmem_vmap_check());
}

/* A million steps, everything compared after each. */
static void life_of_two_windows(void **state)
{
	unsigned long steps = test_steps(1000000);

	(void)state;
	fake_windows();
	seed = 20240601;
	nr_live = 0;
	for (unsigned long i = 0; i < steps; i++) {
		step();
		compare();
	}
	while (nr_live > 0) {
		end_one();
	}
	fake_expect_empty();
}

/* Too little memory for the windows: most allocations fail half-way. */
static void life_in_a_small_heap(void **state)
{
	unsigned long steps = test_steps(200000);

	(void)state;
	fake_windows();
	memset(fake_frame, 1, NR_FRAMES - 40);
	seed = 4711;
	nr_live = 0;
	for (unsigned long i = 0; i < steps; i++) {
		step();
		compare();
	}
	while (nr_live > 0) {
		end_one();
	}
	fake_expect_empty();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(life_of_two_windows),
	cmocka_unit_test(life_in_a_small_heap),
};

TEST_MAIN(tests)
