/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak_asks.c - what holds nothing: counts, CPUs that come and go, drains,
 * validators, memory that comes late
 */
#include "soak.h"

/* ---- counts: never more than there is ---- */

static void ask_counts(struct cpu *cpu)
{
	unsigned int node = (unsigned int)soak_below(cpu, SOAK_NODES);
	unsigned int width = PAGE_SHIFT + (unsigned int)soak_below(cpu, 20);
	unsigned long most = 2UL << MAX_ORDER;
	struct xmem_heap_stats stats;

	xmem_heap_get_stats(node, &stats);
	if (total_free_pages() > most || avail_domheap_pages() > most ||
	    avail_xenheap_pages() > most ||
	    avail_node_heap_pages(node) > most ||
	    avail_domheap_pages_region(node, 0, width) > 1UL << MAX_ORDER ||
	    avail_domheap_pages_region(~0U, width, 0) > most ||
	    stats.cached_pages > stats.free_pages ||
	    stats.dirty_pages > stats.span_pages) {
		soak_error("a count is larger than memory");
	}
}

static void ask_frames(struct cpu *cpu)
{
	unsigned long mfn = soak_below(cpu, soak_end + 100);
	enum xmem_frame_state state = xmem_heap_frame_state(mfn);

	(void)xmem_frame_is_free(_mfn(mfn));
	if (!mfn_valid(_mfn(mfn)) && state > XMEM_FRAME_USED) {
		soak_error("frame %lx is no RAM, and free", mfn);
	}
	(void)xmem_xenheap_limit();
	(void)xmem_heap_span_bytes(mfn, mfn + 1);
}

static void ask_objects(struct cpu *cpu)
{
	(void)cpu;
	if (xmem_xmalloc_used() > 1UL << 30 ||
	    xmem_xmalloc_total() > 1UL << 30 || xmem_xmalloc_trim() > 1 ||
	    xmem_vmap_used(VMAP_DEFAULT) > 1UL << 30 ||
	    xmem_map_spare_tables() > 1UL << 20) {
		soak_error("a count of objects is wrong");
	}
}

static void check(const char *broken)
{
	if (broken != NULL) {
		soak_error("%s", broken);
	}
}

static void ask_validators(struct cpu *cpu)
{
	switch (soak_below(cpu, 4)) {
	case 0:
		check(xmem_heap_check());
		break;
	case 1:
		check(xmem_xmalloc_check());
		break;
	case 2:
		check(xmem_vmap_check());
		break;
	default:
		check(xmem_check_all());
		break;
	}
}

/* ---- CPUs ---- */

static void few_frames(struct cpu *cpu)
{
	struct thing t;

	for (unsigned long i = soak_below(cpu, 50); i > 0; i--) {
		if (soak_make(&soak_pages[0], cpu, &t)) {
			soak_drop(cpu, &t);
		}
	}
}

/* This CPU goes down, works without a cache, and comes up on any node. */
static void come_and_go(struct cpu *cpu)
{
	int rc = xmem_cpu_down(cpu->id);

	if (rc != 0) {
		soak_error("CPU %u cannot go down: %d", cpu->id, rc);
		return;
	}
	few_frames(cpu);
	rc = xmem_cpu_up(cpu->id, (unsigned int)soak_below(cpu, SOAK_NODES));
	if (rc != 0) {
		soak_error("CPU %u cannot come up: %d", cpu->id, rc);
	}
}

/* A while on a CPU that nobody has announced. */
static void be_unknown(struct cpu *cpu)
{
	xmem_host_this_cpu = SOAK_CPUS + cpu->id;
	few_frames(cpu);
	xmem_host_this_cpu = cpu->id;
}

/* A while with interrupts off: nobody may be interrupted. */
static void be_silent(struct cpu *cpu)
{
	xmem_host_interrupts_off = true;
	few_frames(cpu);
	(void)xmem_drain_caches();
	xmem_host_interrupts_off = false;
}

static void drain(struct cpu *cpu)
{
	(void)cpu;
	if (!xmem_drain_caches()) {
		soak_error("caches cannot be drained");
	}
}

/* ---- memory that comes late ---- */

void soak_give_late(struct cpu *cpu)
{
	struct soak_range *r = &soak_late[soak_below(cpu, SOAK_LATE)];
	unsigned int state = SOAK_ABSENT;

	if (!__atomic_compare_exchange_n(&r->state, &state, SOAK_COMING, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		return;
	}
	init_domheap_pages((paddr_t)r->smfn << PAGE_SHIFT,
			   (paddr_t)r->emfn << PAGE_SHIFT);
	__atomic_store_n(&r->state, SOAK_THERE, __ATOMIC_RELEASE);
}

void soak_ask(struct cpu *cpu)
{
	static void (*const asks[])(struct cpu *) = {
		ask_counts, ask_frames, ask_objects, come_and_go, come_and_go,
		be_unknown, be_unknown, be_silent,   drain,
	};

	if (soak_one_in(cpu, 200)) {
		ask_validators(cpu);
		return;
	}
	asks[soak_below(cpu, sizeof(asks) / sizeof(asks[0]))](cpu);
}
