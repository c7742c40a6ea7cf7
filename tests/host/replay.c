/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - the calls of the trace, made again; see replay.h
 *
 * An id of the trace finds its allocation in a table for each kind of
 * allocation; ids are dense and never used twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay_priv.h"

/* ---- the machine ---- */

int replay_power_on(const struct replay *r, struct xmem_host_config config)
{
	struct xmem_host_range range[128];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < r->nr_ops && nr < 128; i++) {
		struct xmem_host_range new = {.late = true};

		if (xmem_replay_is_late(r, i, &new.start, &new.end)) {
			i = xmem_replay_late_run(r, i, &new.end);
			range[nr++] = new;
		} else if (r->op[i].call == 'B' && r->op[i].a < r->op[i].b) {
			range[nr++] = (struct xmem_host_range){
				.start = r->op[i].a, .end = r->op[i].b};
		}
	}
	config.ranges = range;
	config.nr_ranges = nr;
	config.nr_cpus = 2;
	return xmem_host_power_on(&config);
}

/* Direct map and frame table, and frames that will be mapped. */
static void start_maps(struct replay *r)
{
	mfn_t mfn;

	if (r->has_maps) {
		return;
	}
	r->has_maps = true;
	arch_init_directmap();
	arch_init_frametable();
	mfn = alloc_boot_pages(SET_ASIDE, 1);
	for (unsigned int i = 0; i < SET_ASIDE; i++) {
		r->aside[i] = mfn_add(mfn, i);
	}
}

/* What was allocated before the heap was there and goes to the guest. */
static void set_loose_aside(struct replay *r)
{
	unsigned int nr = 0;
	mfn_t mfn;

	for (unsigned int i = r->boot_ops; i < r->nr_ops; i++) {
		nr += r->op[i].call == 'N';
	}
	if (nr == 0) {
		return;
	}
	mfn = alloc_boot_pages(nr, 1);
	for (unsigned int i = 0; i < nr; i++) {
		r->loose[i] = mfn_x(mfn) + i;
	}
}

static void start_vmap(struct replay *r)
{
	if (!r->has_vmap) {
		r->has_vmap = true;
		start_maps(r);
		vm_init();
	}
}

static void hand_over(struct replay *r)
{
	start_vmap(r);
	set_loose_aside(r);
	end_boot_allocator();
	heap_init_late();
	xmem_host_boot_done();
}

/* ---- memory that is touched ---- */

static unsigned char pattern(unsigned long seq)
{
	return (unsigned char)(seq * 37 + 1);
}

static bool is_filled(const unsigned char *va, unsigned long size,
		      unsigned char value)
{
	for (unsigned long i = 0; i < size; i++) {
		if (va[i] != value) {
			return false;
		}
	}
	return true;
}

/* A live allocation of @size bytes: check it if it is @zeroed, fill it. */
static bool touch(const struct replay *r, struct live *l, bool zeroed)
{
	if (!r->options.touch || l->va == NULL) {
		return true;
	}
	if (zeroed && !is_filled(l->va, l->size, 0)) {
		return xmem_replay_fail("memory at %p is not zeroed",
					(void *)l->va);
	}
	memset(l->va, pattern(l->seq), l->size);
	return true;
}

static bool check_touched(const struct replay *r, const struct live *l)
{
	if (r->options.touch && l->va != NULL &&
	    !is_filled(l->va, l->size, pattern(l->seq))) {
		return xmem_replay_fail("memory at %p was overwritten",
					(void *)l->va);
	}
	return true;
}

/* ---- calls ---- */

static struct live *live_of(struct replay *r, enum kind kind, long id)
{
	return &r->live[kind][id];
}

/* An allocation came back as @va (or @pg); the trace has it as @op->id. */
static bool born(struct replay *r, const struct op *op, enum kind kind,
		 struct live new)
{
	bool zeroed = strchr("zyw", op->call) != NULL;
	struct live *l;

	if (op->id < 0) {
		bool none = new.va == NULL &&new.pg == NULL;

		return none || new.va == ZERO_BLOCK_PTR
			       ? true
			       : xmem_replay_fail(
					 "%c succeeded where the trace says "
					 "that it fails",
					 op->call);
	}
	if (new.va == NULL &&new.pg == NULL) {
		return xmem_replay_fail("%c %ld failed", op->call, op->id);
	}
	l = live_of(r, kind, op->id);
	*l = new;
	l->seq = ++r->seq;
	r->counts.live++;
	return kind == KIND_MAP || touch(r, l, zeroed);
}

static bool dies(struct replay *r, struct live *l)
{
	if (l->seq == 0) {
		return xmem_replay_fail("the trace frees what is not alive");
	}
	l->seq = 0;
	r->counts.live--;
	return true;
}

static bool do_alloc(struct replay *r, const struct op *op)
{
	struct live new = {.size = op->a};
	enum kind kind = KIND_X;

	switch (op->call) {
	case 'm':
		new.va = _xmalloc(op->a, op->b);
		break;
	case 'z':
		new.va = _xzalloc(op->a, op->b);
		break;
	case 'x':
		kind = KIND_XV;
		new.va = _xvmalloc(op->a, op->b);
		break;
	case 'y':
		kind = KIND_XV;
		new.va = _xvzalloc(op->a, op->b);
		break;
	case 'v':
		kind = KIND_V;
		new.va = vmalloc(op->a);
		break;
	case 'w':
		kind = KIND_V;
		new.va = vzalloc(op->a);
		break;
	default:
		kind = KIND_V;
		new.va = vmalloc_xen(op->a);
		break;
	}
	return born(r, op, kind, new);
}

static bool do_resize(struct replay *r, const struct op *op)
{
	enum kind kind = op->call == 'r' ? KIND_X : KIND_XV;
	struct live *old = live_of(r, kind, (long)op->a);
	struct live new = {.size = op->b};

	if (!check_touched(r, old) || !dies(r, old)) {
		return false;
	}
	new.va = kind == KIND_X ? _xrealloc(old->va, op->b, op->c)
				: _xvrealloc(old->va, op->b, op->c);
	return born(r, op, kind, new);
}

static bool do_pages(struct replay *r, const struct op *op)
{
	unsigned int order = xmem_replay_order(op->a);
	struct live new = {.order = order, .size = PAGE_SIZE << order};
	struct domain *d = op->c == 0 ? &r->guest : NULL;
	unsigned int flags = (unsigned int)op->b;

	if (op->call == 'X') {
		new.va = alloc_xenheap_pages(order, flags);
		return born(r, op, KIND_XEN, new);
	}
	new.pg = alloc_domheap_pages(d, order, flags);
	if (new.pg != NULL && d != NULL && (flags & MEMF_no_owner) == 0) {
		r->counts.owned += 1UL << order;
	}
	return born(r, op, KIND_DOM, new);
}

static bool do_map(struct replay *r, const struct op *op)
{
	unsigned int nr = (unsigned int)xmem_replay_pages(op->a);
	struct live new = {.size = op->a << TRACE_SHIFT};

	if (nr > SET_ASIDE) {
		return xmem_replay_fail("the trace maps %lu pages", op->a);
	}
	if (op->call == 'P') {
		new.va = __vmap(r->aside, 1, nr, 1, PAGE_HYPERVISOR_RW,
				VMAP_DEFAULT);
	} else if (op->call == 'p') {
		new.va = vmap(r->aside, nr);
	} else {
		new.va = vmap_contig(r->aside[0], nr);
	}
	return born(r, op, KIND_MAP, new);
}

static bool do_free(struct replay *r, const struct op *op)
{
	static const char calls[] = "fgeu";
	enum kind kind = (enum kind)(strchr(calls, op->call) - calls);
	struct live none = {.seq = 0};
	struct live *l = op->id < 0 ? &none : live_of(r, kind, op->id);

	if (op->id >= 0 &&
	    ((kind != KIND_MAP && !check_touched(r, l)) || !dies(r, l))) {
		return false;
	}
	switch (kind) {
	case KIND_X:
		xfree(l->va);
		break;
	case KIND_XV:
		xvfree(l->va);
		break;
	case KIND_V:
		vfree(l->va);
		break;
	default:
		vunmap(l->va);
		break;
	}
	return true;
}

/* Y and G free a part of a block; the rest of it lives on. */
static bool do_free_pages(struct replay *r, const struct op *op)
{
	enum kind kind = op->call == 'Y' ? KIND_XEN : KIND_DOM;
	struct live *l = live_of(r, kind, op->id);
	unsigned int order = xmem_replay_order(op->b);
	unsigned long off = op->a >> (PAGE_SHIFT - TRACE_SHIFT);

	if (l->seq == 0 || off + (1UL << order) > 1UL << l->order) {
		return xmem_replay_fail("%c %ld: not a part of a live block",
					op->call, op->id);
	}
	if (order != l->order) {
		return xmem_replay_fail("%c %ld: frees a part at depth 0",
					op->call, op->id);
	}
	if (kind == KIND_XEN) {
		free_xenheap_pages(l->va + (off << PAGE_SHIFT), order);
	} else {
		free_domheap_pages(l->pg + off, order);
	}
	return dies(r, l);
}

/* A frame from outside the heap gets an owner. */
static bool do_assign(struct replay *r)
{
	unsigned long mfn = r->loose[r->nr_loose++];

	xmem_page_set_owner(mfn_to_page(_mfn(mfn)), &r->guest, true);
	xmem_port_lock(&r->guest.mem.lock);
	r->guest.mem.tot_pages++;
	xmem_port_unlock(&r->guest.mem.lock);
	r->counts.owned++;
	return true;
}

static bool do_boot_pages(struct replay *r, const struct op *op)
{
	unsigned long align = xmem_replay_pages(op->b);

	if (strcmp(op->caller, "init_frametable_chunk") == 0) {
		start_maps(r);
	} else if (strcmp(op->caller, "vm_init_type") == 0) {
		start_vmap(r);
	}
	(void)alloc_boot_pages(xmem_replay_pages(op->a), align);
	return true;
}

static void do_late(struct replay *r, unsigned int i)
{
	unsigned long before;
	uint64_t start, end;

	if (i < r->late_until || !xmem_replay_is_late(r, i, &start, &end)) {
		return;
	}
	r->late_until = xmem_replay_late_run(r, i, &end) + 1;
	before = total_free_pages();
	init_domheap_pages(start, end);
	xmem_host_adopt((long)(total_free_pages() - before));
}

static bool do_op(struct replay *r, unsigned int i)
{
	const struct op *op = &r->op[i];

	r->counts.done[(unsigned char)op->call]++;
	switch (op->call) {
	case 'B':
		init_boot_pages(op->a, op->b);
		return true;
	case 'b':
		return do_boot_pages(r, op);
	case 'E':
		hand_over(r);
		return true;
	case 'I':
		do_late(r, i);
		return true;
	case 'N':
		return do_assign(r);
	case 'X':
	case 'D':
		return do_pages(r, op);
	case 'P':
	case 'p':
	case 'c':
		return do_map(r, op);
	case 'f':
	case 'g':
	case 'e':
	case 'u':
		return do_free(r, op);
	case 'Y':
	case 'G':
		return do_free_pages(r, op);
	case 'r':
	case 'q':
		return do_resize(r, op);
	default:
		return do_alloc(r, op);
	}
}

static bool check_now(const struct replay *r, unsigned int i)
{
	const char *broken;

	if (r->options.check_every == 0 || i < r->boot_ops ||
	    i % r->options.check_every != 0) {
		return true;
	}
	broken = xmem_check_all();
	return broken == NULL ? true
			      : xmem_replay_fail("after call %u (%c): %s", i,
						 r->op[i].call, broken);
}

static bool run(struct replay *r, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		xmem_host_cpu_enter(r->op[i].cpu);
		if (!do_op(r, i) || !check_now(r, i)) {
			xmem_host_cpu_enter(0);
			return false;
		}
	}
	xmem_host_cpu_enter(0);
	return true;
}

bool replay_boot(struct replay *r)
{
	if (xmem_host_layout == XMEM_LAYOUT_PARTIAL) {
		xenheap_max_mfn(xmem_host_mapped_end - 1);
	}
	return run(r, 0, r->boot_ops);
}

bool replay_rest(struct replay *r)
{
	return run(r, r->boot_ops, r->nr_ops);
}

unsigned long replay_nr_calls(const struct replay *r)
{
	return r->nr_ops - r->boot_ops;
}

/* ---- the end ---- */

static struct live *newest(struct replay *r, enum kind *kind)
{
	struct live *found = NULL;

	for (unsigned int k = 0; k < NR_KINDS; k++) {
		for (unsigned int id = 0; id < MAX_ID; id++) {
			struct live *l = &r->live[k][id];

			if (l->seq > (found != NULL ? found->seq : 0)) {
				found = l;
				*kind = (enum kind)k;
			}
		}
	}
	return found;
}

static bool free_live(struct replay *r, struct live *l, enum kind kind)
{
	if (kind != KIND_MAP && !check_touched(r, l)) {
		return false;
	}
	switch (kind) {
	case KIND_X:
		xfree(l->va);
		break;
	case KIND_XV:
		xvfree(l->va);
		break;
	case KIND_V:
		vfree(l->va);
		break;
	case KIND_MAP:
		vunmap(l->va);
		break;
	case KIND_XEN:
		free_xenheap_pages(l->va, l->order);
		break;
	default:
		free_domheap_pages(l->pg, l->order);
		break;
	}
	return dies(r, l);
}

bool replay_free_all(struct replay *r)
{
	enum kind kind = KIND_X;
	struct live *l;

	while ((l = newest(r, &kind)) != NULL) {
		if (!free_live(r, l, kind)) {
			return false;
		}
	}
	while (r->nr_loose > 0) {
		unsigned long mfn = r->loose[--r->nr_loose];

		free_domheap_page(mfn_to_page(_mfn(mfn)));
		xmem_host_adopt(1);
	}
	r->counts.owned = r->guest.mem.tot_pages;
	return r->counts.owned == 0
		       ? true
		       : xmem_replay_fail("the guest still owns %lu pages",
					  r->counts.owned);
}
