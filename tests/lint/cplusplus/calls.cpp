// SPDX-License-Identifier: BSD-2-Clause
//
// calls.cpp - a C++ program that uses all of the public API
//
// It is compiled, and its object is asked what it would be linked with; it is
// never run. lint_cplusplus.sh has the list of what must be called here.
#include <xmem/xmem.h>

#include <arch/layout.h>

namespace
{

struct item {
	int n;
	long tail[4];
};

void *get_memory(unsigned long bytes)
{
	return _xmalloc(bytes, 16);
}

void put_memory(void *ptr)
{
	xfree(ptr);
}

void small_things(mfn_t mfn)
{
	static_assert(XMEM_VERSION_NUMBER >= XMEM_MAKE_VERSION(0, 1, 0), "");
	static const char version[] = XMEM_VERSION;

	xmem_port_print("%s %lu\n", version, mfn_x(mfn_add(_mfn(1), 2)));
	if (mfn_eq(mfn, INVALID_MFN) || !mfn_valid(mfn) ||
	    virt_to_mfn(mfn_to_virt(1)) != 1 || xmem_log2(8) != 3 ||
	    xmem_log2_by_halves(8) != 3 || get_order_from_pages(5) != 3 ||
	    xmem_order_for(5) != 3 || get_order_from_bytes(1) != 0) {
		xmem_port_panic("%lx", mfn_x(mfn));
	}
}

void port(xmem_lock_t *lock)
{
	xmem_preempt_t preempt = xmem_preempt_t();

	xmem_port_lock_init(lock);
	xmem_port_preempt_off(preempt);
	xmem_port_unmap_domain_page(xmem_port_map_domain_page(_mfn(1)));
	xmem_port_preempt_on(preempt);
	xmem_port_lock(lock);
	xmem_port_unlock(lock);
	xmem_port_cpu_pause();
	xmem_port_relax();
	xmem_port_frames_taken(1UL, 0U);
	xmem_port_frames_given(1UL, 0U);
	xmem_port_flush_to_ram(1UL, 1UL, false);
	xmem_arch_flush_to_ram(1, 1, true);
	xmem_port_tlb_flush(0, 1);
	if (xmem_port_may_broadcast()) {
		xmem_port_broadcast_barrier();
		xmem_port_cpu_cache_fence();
	}
	if (xmem_port_cpu() + xmem_port_cpu_to_node(0U) +
			    xmem_port_mfn_to_node(1UL) +
			    xmem_port_node_end(1UL) +
			    xmem_port_next_node(0U, 0U) !=
		    0 &&
	    !xmem_port_alloc_fails()) {
		xmem_port_print("%llx\n",
				(unsigned long long)xmem_port_entropy());
	}
	xmem_meta_give(xmem_meta_take(1), 1);
}

void boot()
{
	unsigned long smfn, emfn;
	mfn_t mfn;

	init_boot_pages(0, 1 << 20);
	xmem_boot_paddr_bits(40);
	if (xmem_boot_add_ram(1 << 20, 1 << 20) == -XMEM_EINVAL) {
		return;
	}
	xmem_boot_reserve(0, 1 << 16);
	mfn = alloc_boot_pages(1, 1);
	mfn = xmem_alloc_boot_pages_in(1, 1, 0, mfn_x(mfn));
	mfn = xmem_alloc_boot_pages_below(1, 1, mfn_x(mfn));
	if (xmem_boot_give_back(mfn) && xmem_boot_active() &&
	    xmem_boot_give(xmem_boot_take(1, 1, 0, ~0UL)) &&
	    xmem_boot_ram(0, &smfn, &emfn)) {
		xmem_boot_window(smfn, emfn - smfn, mfn_to_virt(smfn));
	}
	xenheap_max_mfn(~0UL);
	arch_init_directmap();
	arch_init_frametable();
	end_boot_allocator();
	heap_init_late();
	if (xmem_cpu_up(1U, 0U) != 0 || xmem_cpu_down(1U) != 0 ||
	    !xmem_drain_caches()) {
		return;
	}
	vm_init();
	vm_init_type(VMAP_XEN, reinterpret_cast<void *>(VMAP_VIRT_START),
		     arch_vmap_virt_end());
}

unsigned long admin(void *meta)
{
	struct xmem_heap_stats stats;

	if (xmem_heap_add_span(1, 2, 0, false, meta) != 0) {
		return xmem_heap_span_bytes(1, 2);
	}
	xmem_heap_get_stats(0, &stats);
	if (xmem_heap_frame_state(1) == XMEM_FRAME_UNKNOWN) {
		return stats.free_pages;
	}
	init_xenheap_pages(0, 0);
	init_domheap_pages(0, 0);
	return xmem_xenheap_limit() + avail_domheap_pages() +
	       avail_domheap_pages_region(~0U, 0, 0) +
	       avail_node_heap_pages(0) + avail_xenheap_pages() +
	       total_free_pages();
}

void blocks()
{
	const unsigned long sizes = xmem_array_size(sizeof(long), 2, 3);

	struct xmem_block_request req = {1, XMEM_ANY_NODE, XMEM_BLOCK_XEN, 0,
					 ~0UL};
	bool dirty;
	unsigned long mfn = xmem_block_take(&req, &dirty) + sizes;

	if (xmem_block_take_at(mfn, 1, &dirty) == 0 &&
	    xmem_block_give(mfn, 1, !dirty) == 0 &&
	    xmem_block_give_range(mfn, 2, false) == 0) {
		xmem_port_panic("%lx", mfn);
	}
}

mfn_t ranges(mfn_t mfn)
{
	void *va = xmem_alloc_pages_exact(3, 0, 0);

	xmem_free_pages_exact(va, 3);
	if (xmem_frame_is_free(mfn) && xmem_take_range(mfn, 2, 0) == 0 &&
	    xmem_take_range_partial(mfn, 2, MEMF_no_scrub) == 2) {
		return mfn;
	}
	return xmem_take_run(3, 1, _mfn(0), INVALID_MFN, 0);
}

void pages(struct domain *d)
{
	const unsigned int flags =
		MEMF_no_refcount | MEMF_node(0) | MEMF_bits(32);
	struct page_info *pg = alloc_domheap_pages(d, 1, flags);
	void *va = alloc_xenheap_pages(1, 0);
	struct page_info *descriptors[2];
	unsigned long frames[2];
	struct xmem_run runs[2];
	unsigned long got;
	unsigned int nr;

	xmem_xenheap_set_tag(va, xmem_xenheap_tag(va));
	free_domheap_pages(pg, 1);
	free_xenheap_pages(va, 1);
	pg = alloc_domheap_page(d, 0);
	free_domheap_page(pg);
	free_xenheap_page(alloc_xenheap_page());
	FREE_DOMHEAP_PAGES(pg, 1);
	FREE_DOMHEAP_PAGE(pg);
	FREE_XENHEAP_PAGES(va, 1);
	FREE_XENHEAP_PAGE(va);
	got = xmem_alloc_frames(d, 2, flags, frames);
	got = xmem_free_frames(d, frames, got);
	got = xmem_alloc_frame_pages(d, 2, flags, descriptors);
	got = xmem_free_frame_pages(d, descriptors, got);
	nr = xmem_alloc_runs(runs, 2, 4, 0, &got);
	xmem_free_runs(runs, nr);
	if (xmem_free_runs_at(runs, nr, 0, got) != got) {
		xmem_port_panic("%lu", got);
	}
}

void descriptors(struct page_info *pg, struct domain *d)
{
	struct xmem_owner *owner = xmem_domain_owner(d);

	xmem_owner_init(owner, 2, 0);
	if (owner->seal != xmem_owner_seal(owner)) {
		return;
	}
	xmem_owner_lock(owner);
	owner->max_pages = 1;
	xmem_owner_unlock(owner);
	xmem_page_set_live(xmem_page_behind(pg, 1), XMEM_LIVE_FRAME);
	xmem_page_break(pg);
	(void)xmem_page_live(pg);
	xmem_page_set_owner(pg, d, true);
	if (page_get_owner(pg) != xmem_page_owner(pg) ||
	    xmem_page_refs(pg) != 0 || xmem_page_is_counted(pg)) {
		xmem_page_release(pg);
	}
	xmem_page_set_live(pg, xmem_page_live(pg));
	xmem_page_set_xenheap(pg);
	xmem_page_set_tag(pg, is_xen_heap_page(pg) ? xmem_page_tag(pg) : 0);
	xmem_page_set_vmalloc(pg, 1);
	if (xmem_page_is_vmalloc(pg) && xmem_page_is_at(pg, 1)) {
		xmem_page_unset_vmalloc(pg);
	}
	pg = virt_to_page(page_to_virt(mfn_to_page(page_to_mfn(pg))));
}

int maps(unsigned long va)
{
	struct xmem_run run;
	unsigned int flags, order;
	unsigned long done;
	int error = map_pages_to_xen(va, INVALID_MFN, 1, PAGE_HYPERVISOR);

	error |= modify_xen_mappings(va, va + PAGE_SIZE, PAGE_HYPERVISOR_RO);
	error |= populate_pt_range(va, 1);
	error |= destroy_xen_mappings(va, va + PAGE_SIZE);
	error |= xmem_map_prepare(va, 1);
	if (xmem_map_attrs(va, &flags, &order)) {
		xmem_map_commit(va, mfn_x(xen_map_to_mfn(va)), 1, flags);
		xmem_map_commit(va, xmem_map_lookup(va), 1, flags);
	}
	xmem_map_park(va, 1);
	if (xmem_map_collect(va, 1, &run, 1, &done) == 0 &&
	    xmem_mmu_spurious_fault(va)) {
		unmap_domain_page(map_domain_page(INVALID_MFN));
	}
	return error;
}

unsigned int areas(mfn_t mfn)
{
	void *va = __vmap(&mfn, 1, 1, 1, PAGE_HYPERVISOR_WC, VMAP_DEFAULT);
	void __iomem *io = ioremap(0, 1);

	vunmap(va);
	vunmap(vmap(&mfn, 1));
	vunmap(vmap_contig(mfn, 1));
	iounmap(io);
	iounmap(ioremap_attr(0, 1, PAGE_HYPERVISOR_UC));
	va = vmalloc(1);
	vfree(vzalloc(1));
	vfree(vmalloc_xen(1));
	if (!vmap_contains(va) || vmap_to_page(va) == NULL ||
	    mfn_eq(vmap_to_mfn(va), INVALID_MFN)) {
		VFREE(va);
	}
	return vmap_size(va) + vmalloc_size(va);
}

unsigned long objects(unsigned long nr)
{
	struct item *one = xmalloc(struct item);
	struct item *many = xzalloc_array(struct item, nr);
	struct item *flex = xmalloc_flex_struct(struct item, tail, nr);
	item *copy = xmemdup(one);

	XFREE(one);
	one = xzalloc(struct item);
	xfree(xmalloc_array(struct item, nr));
	xfree(xzalloc_flex_struct(struct item, tail, nr));
	many = xrealloc_array(many, 2 * nr);
	flex = xrealloc_flex_struct(flex, tail, 2 * nr);
	xfree(xmalloc_bytes(nr));
	xfree(xzalloc_bytes(nr));
	xfree(xmemdup_bytes(one, sizeof(*one)));
	xfree(_xmalloc(1, 1));
	xfree(_xzalloc(1, 1));
	xfree(_xrealloc(copy, 1, 1));
	xfree(_xmalloc_array(1, 1, nr));
	xfree(_xzalloc_array(1, 1, nr));
	xfree(_xrealloc_array(many, 1, 1, nr));
	xfree(_xmemdup(flex, 1, 1));
	return xmem_usable_size(one) + xmem_flex_size(1, 2, 3, nr);
}

void default_objects(unsigned long nr)
{
	const unsigned long dims[] = {2, 3};
	struct item *one = xvmalloc(struct item);
	struct item *many = xvmalloc_array(struct item, 2, nr, 3U);
	struct item *flex = xvmalloc_flex_struct(struct item, tail, nr);
	item *copy = xvmemdup(one);

	XVFREE(one);
	xvfree(xvzalloc(struct item));
	xvfree(xvzalloc_array(struct item, nr));
	xvfree(xvzalloc_flex_struct(struct item, tail, nr));
	many = xvrealloc_array(many, 2 * nr);
	flex = xvrealloc_flex_struct(flex, tail, 2 * nr);
	xvfree(_xvmalloc(xmem_dims_size(1, 2, dims), 1));
	xvfree(_xvmalloc(xmem_array_size(1, nr, 2), 1));
	xvfree(_xvzalloc(1, 1));
	xvfree(_xvrealloc(many, 1, 1));
	xvfree(_xvmemdup(flex, 1, 1));
	xvfree(copy);
}

const char *pools()
{
	struct xmem_pool *pool =
		xmem_pool_create("calls", get_memory, put_memory, 0, 4096);
	void *p = xmem_pool_alloc(xmem_pool_maxalloc(pool), pool);

	if (xmem_pool_resize(p, xmem_pool_usable_size(p, pool), pool)) {
		xmem_pool_free(p, pool);
	}
	xmem_pool_free(xmem_pool_alloc_align(1, 64, pool), pool);
	if (xmem_pool_get_used_size(pool) == xmem_pool_get_total_size(pool)) {
		return xmem_pool_check(pool);
	}
	xmem_pool_destroy(pool);
	return nullptr;
}

bool is_sound()
{
	return !xmem_check_all() && !xmem_heap_check() &&
	       !xmem_xmalloc_check() && !xmem_vmap_check() &&
	       xmem_xmalloc_used() <= xmem_xmalloc_total() &&
	       xmem_xmalloc_trim() + xmem_map_spare_tables() +
			       xmem_vmap_used(VMAP_DEFAULT) ==
		       0;
}

} // namespace

bool use_all(struct domain *d, struct page_info *pg);
bool use_all(struct domain *d, struct page_info *pg)
{
	xmem_lock_t lock = XMEM_LOCK_INIT;

	small_things(ranges(_mfn(1)));
	blocks();
	port(&lock);
	boot();
	pages(d);
	descriptors(pg, d);
	default_objects(admin(nullptr));
	return maps(0) == 0 && areas(_mfn(1)) == 0 && objects(1) == 0 &&
	       pools() == nullptr && is_sound();
}
