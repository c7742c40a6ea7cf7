/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak_maps.c - vmalloc, vmap, ioremap, and mappings by hand
 */
#include "soak.h"

static unsigned long pages_of(size_t size)
{
	return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

static unsigned long random_pages(struct cpu *cpu)
{
	return 1 + soak_below(cpu, soak_one_in(cpu, 16) ? 100 : 8);
}

static void stamp_memory(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_fill(t->va, t->size, t->mark);
}

/* ---- vmalloc ---- */

static bool make_vmalloc(struct cpu *cpu, struct thing *t)
{
	size_t size = random_pages(cpu) * PAGE_SIZE - soak_below(cpu, 100);

	t->size = size;
	switch (soak_below(cpu, 4)) {
	case 0:
		t->va = vzalloc(size);
		if (t->va != NULL) {
			soak_check_zeroed(t->va, size);
		}
		break;
	case 1:
		t->va = vmalloc_xen(size);
		break;
	default:
		t->va = vmalloc(size);
		break;
	}
	return t->va != NULL;
}

static void check_vmalloc(struct cpu *cpu, const struct thing *t)
{
	const char *page = (const char *)t->va + soak_below(cpu, t->size);
	mfn_t mfn = vmap_to_mfn(page);

	soak_check(t->va, t->size, t->mark);
	if (vmalloc_size(t->va) != pages_of(t->size) ||
	    vmap_size(t->va) != pages_of(t->size) || !vmap_contains(page)) {
		soak_error("area %p has another size", t->va);
	}
	if (!mfn_valid(mfn) || vmap_to_page(page) != mfn_to_page(mfn) ||
	    !xmem_page_is_vmalloc(mfn_to_page(mfn))) {
		soak_error("area %p has frame %lx", t->va, mfn_x(mfn));
	}
}

static void drop_vmalloc(struct cpu *cpu, struct thing *t)
{
	unsigned long va = (unsigned long)t->va;

	if (soak_one_in(cpu, 8)) {
		unsigned long end = va + pages_of(t->size) * PAGE_SIZE;

		if (modify_xen_mappings(va, end, PAGE_HYPERVISOR_RO) == 0) {
			soak_check(t->va, t->size, t->mark);
		}
	}
	vfree(t->va);
}

/* ---- vmap: of single frames, and of runs ---- */

static bool make_vmap(struct cpu *cpu, struct thing *t)
{
	unsigned long nr = 1 + soak_below(cpu, 8);
	mfn_t mfns[8];

	t->list = malloc(nr * sizeof(t->list[0]));
	t->nr = xmem_alloc_frames(NULL, nr, MEMF_no_scrub, t->list);
	for (unsigned long i = 0; i < t->nr; i++) {
		mfns[i] = _mfn(t->list[i]);
	}
	if (t->nr > 0) {
		nr = t->nr;
		t->va = soak_one_in(cpu, 2)
				? vmap(mfns, (unsigned int)nr)
				: __vmap(mfns, 1, (unsigned int)nr,
					 1U << soak_below(cpu, 4),
					 PAGE_HYPERVISOR_RW, VMAP_XEN);
	}
	t->size = t->nr * PAGE_SIZE;
	if (t->va == NULL) {
		if (xmem_free_frames(NULL, t->list, t->nr) != t->nr) {
			soak_error("a list was not freed");
		}
		free(t->list);
	}
	return t->va != NULL;
}

static void stamp_vmap(struct cpu *cpu, const struct thing *t)
{
	stamp_memory(cpu, t);
	for (unsigned long i = 0; i < t->nr; i++) {
		soak_hold(t->list[i], 1, 0, 1);
	}
}

static void check_vmap(struct cpu *cpu, const struct thing *t)
{
	unsigned long i = soak_below(cpu, t->nr);
	void *page = map_domain_page(_mfn(t->list[i]));

	soak_check(t->va, t->size, t->mark);
	if (memcmp(page, (char *)t->va + i * PAGE_SIZE, 16) != 0 ||
	    vmap_size(t->va) != t->nr || vmalloc_size(t->va) != 0 ||
	    mfn_x(xen_map_to_mfn((unsigned long)t->va + i * PAGE_SIZE)) !=
		    t->list[i]) {
		soak_error("area %p is not of frame %lx", t->va, t->list[i]);
	}
	unmap_domain_page(page);
}

static void drop_vmap(struct cpu *cpu, struct thing *t)
{
	(void)cpu;
	vunmap(t->va);
	for (unsigned long i = 0; i < t->nr; i++) {
		soak_hold(t->list[i], 1, 1, 0);
	}
	if (xmem_free_frames(NULL, t->list, t->nr) != t->nr) {
		soak_error("a list was not freed");
	}
	free(t->list);
}

/* A block, as two runs or as one. */
static bool make_contig(struct cpu *cpu, struct thing *t)
{
	unsigned int order = 1 + (unsigned int)soak_below(cpu, 5);
	unsigned int half = 1U << (order - 1);
	struct page_info *pg =
		alloc_domheap_pages(&soak_owner[0], order, MEMF_no_scrub);

	if (pg == NULL) {
		return false;
	}
	t->order = order;
	t->nr = 1UL << order;
	t->mfn = mfn_x(page_to_mfn(pg));
	t->size = t->nr * PAGE_SIZE;
	if (soak_one_in(cpu, 2)) {
		mfn_t runs[2] = {_mfn(t->mfn), _mfn(t->mfn + half)};

		t->va = __vmap(runs, half, 2, 0,
			       PAGE_HYPERVISOR_RW | MAP_SMALL_PAGES,
			       VMAP_DEFAULT);
	} else {
		t->va = vmap_contig(_mfn(t->mfn), (unsigned int)t->nr);
	}
	if (t->va == NULL) {
		free_domheap_pages(pg, order);
	}
	return t->va != NULL;
}

static void stamp_contig(struct cpu *cpu, const struct thing *t)
{
	stamp_memory(cpu, t);
	soak_hold(t->mfn, t->nr, 0, 1);
}

static void check_contig(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_check(t->va, t->size, t->mark);
	soak_check_marks(t->mfn, t->nr, &soak_owner[0], false);
}

static void drop_contig(struct cpu *cpu, struct thing *t)
{
	(void)cpu;
	vunmap(t->va);
	soak_unhold(t);
	free_domheap_pages(mfn_to_page(_mfn(t->mfn)), t->order);
}

/* ---- ioremap: of addresses behind all RAM ---- */

static bool make_ioremap(struct cpu *cpu, struct thing *t)
{
	paddr_t pa = ((paddr_t)soak_end + 1000 + soak_below(cpu, 1000))
		     << PAGE_SHIFT;
	size_t offset = soak_below(cpu, PAGE_SIZE);

	t->size = 1 + soak_below(cpu, 3 * PAGE_SIZE);
	t->va = soak_one_in(cpu, 2) ? ioremap(pa + offset, t->size)
				    : ioremap_attr(pa + offset, t->size,
						   PAGE_HYPERVISOR_WC);
	t->mfn = (unsigned long)(pa >> PAGE_SHIFT);
	return t->va != NULL;
}

static void stamp_nothing(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	(void)t;
}

static void check_ioremap(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	if (mfn_x(xen_map_to_mfn((unsigned long)t->va)) != t->mfn) {
		soak_error("ioremap at %p shows another frame", t->va);
	}
}

static void drop_ioremap(struct cpu *cpu, struct thing *t)
{
	(void)cpu;
	iounmap(t->va);
}

/* ---- by hand, in slots of the window that nobody uses ---- */

#define NR_SLOTS   64U
#define SLOT_PAGES 16UL

static uint64_t slots_used;

static unsigned long slot_address(unsigned int slot)
{
	unsigned long start, end;

	xmem_host_free_window(&start, &end);
	return start + slot * SLOT_PAGES * PAGE_SIZE;
}

void soak_populate(void)
{
	assert_int_equal(
		populate_pt_range(slot_address(0), NR_SLOTS * SLOT_PAGES), 0);
}

/* Return: the address of a slot; 0: the one that was drawn is used. */
static unsigned long take_slot(struct cpu *cpu)
{
	unsigned int slot = (unsigned int)soak_below(cpu, NR_SLOTS);
	uint64_t bit = 1ULL << slot;

	if ((__atomic_fetch_or(&slots_used, bit, __ATOMIC_ACQ_REL) & bit) !=
	    0) {
		return 0;
	}
	return slot_address(slot);
}

static void give_slot(unsigned long va)
{
	unsigned long slot = (va - slot_address(0)) / (SLOT_PAGES * PAGE_SIZE);

	__atomic_fetch_and(&slots_used, ~(1ULL << slot), __ATOMIC_ACQ_REL);
}

static bool make_map(struct cpu *cpu, struct thing *t)
{
	unsigned int order = (unsigned int)soak_below(cpu, 5);
	unsigned long va = take_slot(cpu);
	struct page_info *pg;

	if (va == 0) {
		return false;
	}
	pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub);
	if (pg == NULL) {
		goto out_slot;
	}
	t->order = order;
	t->nr = 1UL << order;
	t->mfn = mfn_x(page_to_mfn(pg));
	t->size = t->nr * PAGE_SIZE;
	t->va = (void *)va;
	if (map_pages_to_xen(va, _mfn(t->mfn), t->nr,
			     PAGE_HYPERVISOR_RW | MAP_SMALL_PAGES) == 0) {
		return true;
	}
	free_domheap_pages(pg, order);
out_slot:
	give_slot(va);
	return false;
}

static void check_map(struct cpu *cpu, const struct thing *t)
{
	unsigned long va = (unsigned long)t->va;
	unsigned long end = va + t->size;
	unsigned int flags, order;

	(void)cpu;
	if (modify_xen_mappings(va, end, PAGE_HYPERVISOR_RO) != 0 ||
	    !xmem_map_attrs(end - 1, &flags, &order) ||
	    flags != PAGE_HYPERVISOR_RO ||
	    xmem_map_lookup(end - 1) != t->mfn + t->nr - 1) {
		soak_error("mapping %lx is not as it should be", va);
	}
	soak_check(t->va, t->size, t->mark);
	if (modify_xen_mappings(va, end, PAGE_HYPERVISOR_RW) != 0) {
		soak_error("mapping %lx cannot be writable", va);
	}
}

static void drop_map(struct cpu *cpu, struct thing *t)
{
	unsigned long va = (unsigned long)t->va;
	int rc = soak_one_in(cpu, 2)
			 ? destroy_xen_mappings(va, va + t->size)
			 : map_pages_to_xen(va, INVALID_MFN, t->nr, 0);

	if (rc != 0) {
		soak_error("mapping %lx cannot be removed: %d", va, rc);
	}
	soak_unhold(t);
	give_slot(va);
	free_domheap_pages(mfn_to_page(_mfn(t->mfn)), t->order);
}

/* As vmalloc does it: prepare, commit; park, flush, collect. */
static bool make_area(struct cpu *cpu, struct thing *t)
{
	unsigned long nr = 1 + soak_below(cpu, SLOT_PAGES);
	unsigned long va = take_slot(cpu);
	unsigned long at = va;
	struct xmem_run runs[SLOT_PAGES];
	unsigned int filled;

	if (va == 0 || xmem_map_prepare(va, nr) != 0) {
		goto out_slot;
	}
	filled = xmem_alloc_runs(runs, SLOT_PAGES, nr,
				 MEMF_no_scrub | MEMF_vmalloc, &t->nr);
	for (unsigned int i = 0; i < filled; i++) {
		for (unsigned long k = 0; k < runs[i].nr; k++) {
			xmem_page_set_vmalloc(
				mfn_to_page(_mfn(runs[i].mfn + k)),
				(at >> PAGE_SHIFT) + k);
		}
		soak_hold(runs[i].mfn, runs[i].nr, 0, 1);
		xmem_map_commit(at, runs[i].mfn, runs[i].nr,
				PAGE_HYPERVISOR_RW);
		at += runs[i].nr * PAGE_SIZE;
	}
	t->va = (void *)va;
	t->size = t->nr * PAGE_SIZE;
	if (filled > 0) {
		return true;
	}
out_slot:
	if (va != 0) {
		give_slot(va);
	}
	return false;
}

static void check_memory(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_check(t->va, t->size, t->mark);
}

static void drop_area(struct cpu *cpu, struct thing *t)
{
	unsigned long va = (unsigned long)t->va;
	unsigned long done = 0;
	struct xmem_run runs[4];

	(void)cpu;
	xmem_map_park(va, t->nr);
	xmem_port_tlb_flush(va, t->nr);
	while (done < t->nr) {
		unsigned long at = va + done * PAGE_SIZE;
		unsigned long nr;
		unsigned int filled =
			xmem_map_collect(at, t->nr - done, runs, 4, &nr);

		for (unsigned int i = 0; i < filled; i++) {
			soak_hold(runs[i].mfn, runs[i].nr, 1, 0);
		}
		if (xmem_free_runs_at(runs, filled, at, nr) != nr) {
			soak_error("an area has foreign frames");
		}
		done += nr;
	}
	give_slot(va);
}

const struct soak_kind soak_maps[] = {
	{"vmalloc", 6, SOAK_MAPS, make_vmalloc, stamp_memory, check_vmalloc,
	 drop_vmalloc},
	{"vmap", 3, SOAK_MAPS, make_vmap, stamp_vmap, check_vmap, drop_vmap},
	{"contig", 2, SOAK_MAPS, make_contig, stamp_contig, check_contig,
	 drop_contig},
	{"ioremap", 1, SOAK_MAPS, make_ioremap, stamp_nothing, check_ioremap,
	 drop_ioremap},
	{"map", 2, SOAK_MAPS, make_map, stamp_contig, check_map, drop_map},
	{"area", 2, SOAK_MAPS, make_area, stamp_memory, check_memory,
	 drop_area},
};
const unsigned int soak_nr_maps = sizeof(soak_maps) / sizeof(soak_maps[0]);
