/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak_pages.c - page frames, by all doors that the library has for them
 */
#include "soak.h"

#define NR_OF(order) (1UL << (order))

/* Frames of a list that have content: one of so many. */
#define LIST_STEP 8UL

static bool is_scrubbed(unsigned int memflags)
{
	return (memflags & MEMF_no_scrub) == 0;
}

/* Most often 0, then what caches have, too; seldom more than that. */
static unsigned int random_order(struct cpu *cpu)
{
	unsigned long die = soak_below(cpu, 100);
	unsigned int super = PAGE_SHIFT - 3;

	if (die < 55) {
		return 0;
	}
	if (die < 75) {
		return 1 + (unsigned int)soak_below(cpu, 3);
	}
	if (die < 87) {
		return (unsigned int)soak_below(cpu, super);
	}
	if (die < 98) {
		return super;
	}
	return super + 1 + (unsigned int)soak_below(cpu, MAX_ORDER - super);
}

static unsigned int random_flags(struct cpu *cpu, unsigned long nr)
{
	unsigned int flags = 0;

	if (nr > 4096 || !soak_one_in(cpu, nr > 64 ? 32 : 4)) {
		flags |= MEMF_no_scrub;
	}
	if (soak_one_in(cpu, 8)) {
		flags |= MEMF_node(soak_below(cpu, SOAK_NODES));
		flags |= soak_one_in(cpu, 2) ? MEMF_exact_node : 0;
	}
	if (soak_one_in(cpu, 16)) {
		flags |= MEMF_bits(PAGE_SHIFT + 8 + soak_below(cpu, 13));
	}
	flags |= soak_one_in(cpu, 32) ? MEMF_no_dma : 0;
	flags |= soak_one_in(cpu, 8) ? MEMF_no_icache_flush : 0;
	flags |= soak_one_in(cpu, 32) ? MEMF_no_tlbflush | MEMF_keep_scrub : 0;
	return flags;
}

/* Frames [@mfn, @mfn + @nr) are as @memflags say. */
static void check_request(unsigned long mfn, unsigned long nr,
			  unsigned int memflags)
{
	unsigned int bits = (memflags >> MEMF_bits_shift) & MEMF_bits_mask;
	unsigned int node = (memflags >> MEMF_node_shift) & MEMF_node_mask;

	if (bits != 0 && mfn + nr > NR_OF(bits - PAGE_SHIFT)) {
		soak_error("frame %lx does not fit in %u bits", mfn, bits);
	}
	if ((memflags & MEMF_no_dma) != 0 && mfn < XMEM_PORT_DMA_MFNS) {
		soak_error("frame %lx is for DMA", mfn);
	}
	if ((memflags & MEMF_exact_node) != 0 &&
	    xmem_host_mfn_to_node(mfn) != node - 1) {
		soak_error("frame %lx is not on node %u", mfn, node - 1);
	}
	if (is_scrubbed(memflags)) {
		soak_check_zero(mfn, nr);
	}
}

/* Half of all frames have an owner; @memflags may forbid it. */
static struct domain *random_owner(struct cpu *cpu, unsigned int *memflags)
{
	if (soak_one_in(cpu, 2)) {
		return NULL;
	}
	*memflags |= soak_one_in(cpu, 8) ? MEMF_no_refcount : 0;
	*memflags |= soak_one_in(cpu, 8) ? MEMF_no_owner : 0;
	return &soak_owner[soak_below(cpu, SOAK_OWNERS)];
}

/* ---- domheap ---- */

static bool make_domheap(struct cpu *cpu, struct thing *t)
{
	unsigned int order = random_order(cpu);
	unsigned int flags = random_flags(cpu, NR_OF(order));
	struct domain *d = random_owner(cpu, &flags);
	struct page_info *pg = alloc_domheap_pages(d, order, flags);

	if (pg == NULL) {
		return false;
	}
	t->order = order;
	t->nr = NR_OF(order);
	t->mfn = mfn_x(page_to_mfn(pg));
	t->d = (flags & MEMF_no_owner) != 0 ? NULL : d;
	check_request(t->mfn, t->nr, flags);
	return true;
}

static void check_domheap(struct cpu *cpu, const struct thing *t)
{
	soak_check_run(cpu, t);
	soak_check_marks(t->mfn, t->nr, t->d, false);
}

/* In halves, of which one is halved again, and so on. */
static void free_halves(struct cpu *cpu, unsigned long mfn, unsigned int order)
{
	while (order > 0) {
		bool upper = soak_one_in(cpu, 2);

		order--;
		free_domheap_pages(mfn_to_page(_mfn(mfn)) +
					   (upper ? NR_OF(order) : 0),
				   order);
		mfn += upper ? 0 : NR_OF(order);
	}
	free_domheap_page(mfn_to_page(_mfn(mfn)));
}

static void free_list(struct domain *d, const unsigned long *list,
		      unsigned long nr)
{
	for (unsigned long done = 0; done < nr;) {
		done += xmem_free_frames(d, list + done, nr - done);
	}
}

/* As single frames, together. */
static void free_as_list(const struct thing *t)
{
	unsigned long list[64];

	for (unsigned long i = 0; i < t->nr; i++) {
		list[i] = t->mfn + i;
	}
	free_list(t->d, list, t->nr);
}

static void drop_domheap(struct cpu *cpu, struct thing *t)
{
	struct page_info *pg = mfn_to_page(_mfn(t->mfn));
	struct xmem_run run = {t->mfn, t->nr};

	soak_unhold(t);
	switch (soak_below(cpu, 8)) {
	case 0:
		free_halves(cpu, t->mfn, t->order);
		return;
	case 1:
		if (t->nr <= 64) {
			free_as_list(t);
			return;
		}
		break;
	case 2:
		if (t->d == NULL) {
			xmem_free_runs(&run, 1);
			return;
		}
		break;
	case 3:
		for (unsigned long i = 0; i < t->nr && t->nr <= 64; i++) {
			free_domheap_page(pg + t->nr - 1 - i);
		}
		if (t->nr <= 64) {
			return;
		}
		break;
	default:
		break;
	}
	free_domheap_pages(pg, t->order);
}

/* ---- xenheap ---- */

#define TAG_OF(mark) (((mark)&0xffff) + 0x10000)

static bool make_xenheap(struct cpu *cpu, struct thing *t)
{
	unsigned int order = random_order(cpu);
	unsigned int flags = random_flags(cpu, NR_OF(order)) | MEMF_no_scrub;

	t->va = alloc_xenheap_pages(order, flags);
	if (t->va == NULL) {
		return false;
	}
	t->order = order;
	t->nr = NR_OF(order);
	t->mfn = virt_to_mfn(t->va);
	check_request(t->mfn, t->nr, flags);
	xmem_xenheap_set_tag(t->va, TAG_OF(t->mark));
	return true;
}

static void check_xenheap(struct cpu *cpu, const struct thing *t)
{
	soak_check_run(cpu, t);
	soak_check_marks(t->mfn, t->nr, NULL, true);
	if (xmem_xenheap_tag(t->va) != TAG_OF(t->mark)) {
		soak_error("page %p has another tag", t->va);
	}
}

static void drop_xenheap(struct cpu *cpu, struct thing *t)
{
	char *va = t->va;
	unsigned int order = t->order;

	xmem_xenheap_set_tag(va, XMEM_TAG_NONE);
	soak_unhold(t);
	while (order > 0 && soak_one_in(cpu, 3)) {
		order--;
		free_xenheap_pages(va + (PAGE_SIZE << order), order);
	}
	free_xenheap_pages(va, order);
}

/* Pages of the hypervisor, any number: as xmalloc and page tables have them. */
static bool make_exact(struct cpu *cpu, struct thing *t)
{
	t->nr = 1 + soak_below(cpu, 40);
	t->order = (unsigned int)soak_below(cpu, 2);
	t->va = t->order == 0
			? xmem_meta_take(t->nr)
			: xmem_alloc_pages_exact(
				  t->nr, (unsigned int)soak_below(cpu, 3), 0);
	t->mfn = t->va != NULL ? virt_to_mfn(t->va) : 0;
	return t->va != NULL;
}

static void check_exact(struct cpu *cpu, const struct thing *t)
{
	soak_check_run(cpu, t);
	soak_check_marks(t->mfn, t->nr, NULL, true);
}

static void drop_exact(struct cpu *cpu, struct thing *t)
{
	unsigned long first = soak_below(cpu, t->nr);
	char *rest = (char *)t->va + first * PAGE_SIZE;

	soak_unhold(t);
	if (t->order != 0) {
		xmem_free_pages_exact(rest, t->nr - first);
		xmem_free_pages_exact(t->va, first);
	} else {
		xmem_meta_give(t->va, t->nr);
	}
}

/* ---- lists of single frames ---- */

static void list_pages(struct thing *t, struct page_info **pages)
{
	for (unsigned long i = 0; i < t->nr; i++) {
		t->list[i] = mfn_x(page_to_mfn(pages[i]));
	}
}

static bool make_list(struct cpu *cpu, struct thing *t)
{
	unsigned long most = soak_one_in(cpu, 8) ? 3000 : 150;
	unsigned long want = 1 + soak_below(cpu, most);
	unsigned int flags = random_flags(cpu, want);
	struct domain *d = random_owner(cpu, &flags);

	t->list = malloc(want * sizeof(t->list[0]));
	if (soak_one_in(cpu, 2)) {
		struct page_info **pages = malloc(want * sizeof(pages[0]));

		t->nr = xmem_alloc_frame_pages(d, want, flags, pages);
		list_pages(t, pages);
		free(pages);
	} else {
		t->nr = xmem_alloc_frames(d, want, flags, t->list);
	}
	t->d = (flags & MEMF_no_owner) != 0 ? NULL : d;
	for (unsigned long i = 0; i < t->nr; i += LIST_STEP) {
		check_request(t->list[i], 1, flags);
	}
	if (t->nr == 0) {
		free(t->list);
	}
	return t->nr > 0;
}

static void stamp_list(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	for (unsigned long i = 0; i < t->nr; i++) {
		soak_hold(t->list[i], 1, 0, 1);
		if (i % LIST_STEP == 0) {
			soak_fill_frames(t->list[i], 1, t->mark);
		}
	}
}

static void check_list(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	for (unsigned long i = 0; i < t->nr; i += LIST_STEP) {
		soak_check_frames(t->list[i], 1, t->mark);
		soak_check_marks(t->list[i], 1, t->d, false);
	}
}

static void shuffle(struct cpu *cpu, unsigned long *list, unsigned long nr)
{
	for (unsigned long i = nr; i > 1; i--) {
		unsigned long k = soak_below(cpu, i);
		unsigned long mfn = list[i - 1];

		list[i - 1] = list[k];
		list[k] = mfn;
	}
}

static void free_by_pages(struct domain *d, const unsigned long *list,
			  unsigned long nr)
{
	struct page_info **pages = malloc(nr * sizeof(pages[0]));

	for (unsigned long i = 0; i < nr; i++) {
		pages[i] = mfn_to_page(_mfn(list[i]));
	}
	for (unsigned long done = 0; done < nr;) {
		done += xmem_free_frame_pages(d, pages + done, nr - done);
	}
	free(pages);
}

static void drop_list(struct cpu *cpu, struct thing *t)
{
	for (unsigned long i = 0; i < t->nr; i++) {
		soak_hold(t->list[i], 1, 1, 0);
	}
	if (soak_one_in(cpu, 2)) {
		shuffle(cpu, t->list, t->nr);
	}
	switch (soak_below(cpu, 3)) {
	case 0:
		free_by_pages(t->d, t->list, t->nr);
		break;
	case 1:
		for (unsigned long i = 0; i < t->nr; i++) {
			free_domheap_page(mfn_to_page(_mfn(t->list[i])));
		}
		break;
	default:
		free_list(t->d, t->list, t->nr);
		break;
	}
	free(t->list);
}

/* ---- runs ---- */

#define MAX_RUNS 16U

static bool make_runs(struct cpu *cpu, struct thing *t)
{
	unsigned long want = 1 + soak_below(cpu, 300);
	unsigned int flags = random_flags(cpu, want);
	struct xmem_run *runs = malloc(MAX_RUNS * sizeof(runs[0]));
	unsigned long got;

	t->list = (unsigned long *)runs;
	t->nr = xmem_alloc_runs(runs, MAX_RUNS, want, flags, &got);
	for (unsigned long i = 0; i < t->nr; i++) {
		check_request(runs[i].mfn, runs[i].nr, flags);
		got -= runs[i].nr;
	}
	if (got != 0) {
		soak_error("runs have %ld frames too few", (long)got);
	}
	if (t->nr == 0) {
		free(runs);
	}
	return t->nr > 0;
}

static const struct xmem_run *runs_of(const struct thing *t)
{
	return (const struct xmem_run *)t->list;
}

static void stamp_runs(struct cpu *cpu, const struct thing *t)
{
	const struct xmem_run *runs = runs_of(t);

	(void)cpu;
	for (unsigned long i = 0; i < t->nr; i++) {
		soak_hold(runs[i].mfn, runs[i].nr, 0, 1);
		soak_fill_frames(runs[i].mfn, runs[i].nr, t->mark);
	}
}

static void check_runs(struct cpu *cpu, const struct thing *t)
{
	const struct xmem_run *runs = runs_of(t);

	(void)cpu;
	for (unsigned long i = 0; i < t->nr; i++) {
		soak_check_frames(runs[i].mfn, runs[i].nr, t->mark);
		soak_check_marks(runs[i].mfn, runs[i].nr, NULL, false);
	}
}

static void drop_runs(struct cpu *cpu, struct thing *t)
{
	const struct xmem_run *runs = runs_of(t);
	bool single = soak_one_in(cpu, 4);

	for (unsigned long i = 0; i < t->nr; i++) {
		soak_hold(runs[i].mfn, runs[i].nr, 1, 0);
		for (unsigned long k = 0; single && k < runs[i].nr; k++) {
			free_domheap_page(mfn_to_page(_mfn(runs[i].mfn + k)));
		}
	}
	if (!single) {
		xmem_free_runs(runs, (unsigned int)t->nr);
	}
	free(t->list);
}

/* ---- frames that the caller names, and runs of exactly so many ---- */

static bool make_range(struct cpu *cpu, struct thing *t)
{
	unsigned long want =
		1 + soak_below(cpu, soak_one_in(cpu, 4) ? 3000 : 60);
	unsigned int flags = random_flags(cpu, want);
	mfn_t mfn = _mfn(soak_below(cpu, soak_end));

	t->nr = want;
	switch (soak_below(cpu, 3)) {
	case 0:
		mfn = xmem_take_run(want, NR_OF(soak_below(cpu, 6)), _mfn(0),
				    soak_one_in(cpu, 2) ? INVALID_MFN : mfn,
				    flags);
		t->nr = mfn_eq(mfn, INVALID_MFN) ? 0 : want;
		break;
	case 1:
		t->nr = xmem_take_range_partial(mfn, want, flags);
		flags &= MEMF_no_scrub;
		break;
	default:
		t->nr = xmem_take_range(mfn, want, flags) == 0 ? want : 0;
		flags &= MEMF_no_scrub;
		break;
	}
	t->mfn = mfn_x(mfn);
	if (t->nr > 0) {
		check_request(t->mfn, t->nr, flags);
	}
	return t->nr > 0;
}

static void check_range(struct cpu *cpu, const struct thing *t)
{
	soak_check_run(cpu, t);
	soak_check_marks(t->mfn, t->nr, NULL, false);
}

static void drop_range(struct cpu *cpu, struct thing *t)
{
	struct xmem_run run = {t->mfn, t->nr};

	soak_unhold(t);
	while (run.nr > 0 && soak_one_in(cpu, 2)) {
		free_domheap_page(mfn_to_page(_mfn(run.mfn)));
		run.mfn++;
		run.nr--;
	}
	xmem_free_runs(&run, run.nr > 0);
}

/* Offline: a piece of a range that came late is taken, and comes again. */
static bool make_offline(struct cpu *cpu, struct thing *t)
{
	const struct soak_range *r = &soak_late[soak_below(cpu, SOAK_LATE)];
	unsigned long nr = r->emfn - r->smfn;

	if (__atomic_load_n(&r->state, __ATOMIC_ACQUIRE) != SOAK_THERE) {
		return false;
	}
	t->mfn = r->smfn + soak_below(cpu, nr);
	t->nr = xmem_take_range_partial(_mfn(t->mfn), r->emfn - t->mfn,
					MEMF_no_scrub);
	return t->nr > 0;
}

static void drop_offline(struct cpu *cpu, struct thing *t)
{
	(void)cpu;
	soak_unhold(t);
	init_domheap_pages((paddr_t)t->mfn << PAGE_SHIFT,
			   (paddr_t)(t->mfn + t->nr) << PAGE_SHIFT);
}

/* ---- the lowest door ---- */

static bool take_block(struct cpu *cpu, struct thing *t, bool *dirty)
{
	const struct xmem_block_request req = {
		.order = t->order,
		.node = soak_one_in(cpu, 2)
				? XMEM_ANY_NODE
				: (unsigned int)soak_below(cpu, SOAK_NODES),
		.flags = (soak_one_in(cpu, 4) ? XMEM_BLOCK_XEN : 0) |
			 (soak_one_in(cpu, 4) ? XMEM_BLOCK_EXACT_NODE : 0),
		.hi = soak_one_in(cpu, 4) ? soak_below(cpu, soak_end) : ~0UL,
	};

	if (soak_one_in(cpu, 2)) {
		t->mfn = soak_below(cpu, soak_end) & ~(t->nr - 1);
		return xmem_block_take_at(t->mfn, t->order, dirty) == 0;
	}
	t->mfn = xmem_block_take(&req, dirty);
	return t->mfn != XMEM_NO_MFN;
}

static bool make_block(struct cpu *cpu, struct thing *t)
{
	bool dirty;

	t->order = random_order(cpu);
	t->nr = NR_OF(t->order);
	if (!take_block(cpu, t, &dirty)) {
		return false;
	}
	if (!dirty) {
		soak_check_zero(t->mfn, t->nr);
	}
	return true;
}

static void zero(unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		void *page = map_domain_page(_mfn(mfn + i));

		memset(page, 0, PAGE_SIZE);
		unmap_domain_page(page);
	}
}

static void drop_block(struct cpu *cpu, struct thing *t)
{
	bool clean = t->nr <= 8 && soak_one_in(cpu, 2);
	int rc;

	if (clean) {
		zero(t->mfn, t->nr);
	}
	soak_unhold(t);
	rc = soak_one_in(cpu, 2) ? xmem_block_give(t->mfn, t->order, clean)
				 : xmem_block_give_range(t->mfn, t->nr, clean);
	if (rc != 0) {
		soak_error("block %lx order %u: %d", t->mfn, t->order, rc);
	}
}

const struct soak_kind soak_pages[] = {
	{"domheap", 30, SOAK_PAGES, make_domheap, soak_stamp_run, check_domheap,
	 drop_domheap},
	{"xenheap", 12, SOAK_PAGES, make_xenheap, soak_stamp_run, check_xenheap,
	 drop_xenheap},
	{"exact", 4, SOAK_PAGES, make_exact, soak_stamp_run, check_exact,
	 drop_exact},
	{"list", 5, SOAK_PAGES, make_list, stamp_list, check_list, drop_list},
	{"runs", 4, SOAK_PAGES, make_runs, stamp_runs, check_runs, drop_runs},
	{"range", 4, SOAK_PAGES, make_range, soak_stamp_run, check_range,
	 drop_range},
	{"offline", 1, SOAK_PAGES, make_offline, soak_stamp_run, check_range,
	 drop_offline},
	{"block", 6, SOAK_PAGES, make_block, soak_stamp_run, check_range,
	 drop_block},
};
const unsigned int soak_nr_pages = sizeof(soak_pages) / sizeof(soak_pages[0]);
