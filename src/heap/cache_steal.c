/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache_steal.c - take what lies in the caches of all CPUs
 *
 * Model       A biased lock. A CPU uses its cache by plain writes; a thief, of
 *             whom there is one at a time, pays for both:
 *
 *                 CPU, in its cache            thief
 *                 busy = 1                     revoked = 1, in all caches
 *                 [barrier, by the thief]      every CPU executes a barrier
 *                 if revoked: busy = 0, away   wait until busy == 0, in each
 *                 ... slots ...                ... slots ...
 *                 busy = 0 (release)           revoked = 0 (release)
 *
 *             A CPU that has read `revoked` as 0 did so before the barrier
 *             that it executed for the thief, or it would have read 1. Then
 *             its write of `busy` came before that barrier, too, since no
 *             compiler moves it down and no CPU moves it over the barrier: the
 *             thief, who looks after all barriers, reads 1 and waits. What the
 *             CPU wrote into slots is visible with the 0 that the thief reads
 *             at last (release, acquire). The other way round, a CPU that
 *             reads the 0 of the thief's last write to `revoked` sees the slots
 *             as the thief has left them. So the slots never have two users.
 *             For ThreadSanitizer these two pairs are all there is to know.
 * Interrupts  A handler that interrupts its CPU in the cache finds `busy`, and
 *             leaves everything as it is. It must not steal either, as it would
 *             wait for itself: the port says so by xmem_port_may_broadcast(),
 *             and is_in_own_cache() looks once more.
 * Waiting     Nobody holds a lock while he waits. The thief waits for CPUs that
 *             are in their caches: these run with preemption off, and wait for
 *             (H) at most, whose holders wait for nobody. Who finds another
 *             thief waits for him, then tries to take, and may become the thief
 *             himself: each thief ends by himself.
 * Last frame  The thief tries again while all caches are revoked: what is free
 *             is in the nodes then, also what is freed meanwhile, and no refill
 *             takes it away. A cache that came into the list since the thief
 *             went through it makes him begin again.
 *             Where no cache has a frame, nobody need steal, but a frame may
 *             have been on its way past the caller: popped here, freed there.
 *             So he compares `gives` of the nodes and `pushes` of the caches
 *             from before his last try with those after his count. If nothing
 *             has come, neither to a node nor to a cache, then at the end of
 *             the count there is no free frame: the nodes had none at the try
 *             and get none, the caches had none at the count and get none but
 *             from nodes. (What goes from a cache to a node comes there before
 *             it leaves the count, cache.c.) Else he tries again, and after
 *             TRIES times becomes the thief.
 * Storms      Where memory is exhausted for long, caches hold next to nothing
 *             (`short_of_frames`), and a steal is tried only if there is a
 *             frame that the request could use. A thief empties all caches, so
 *             the next one finds none until CPUs have filled them again.
 * CPU down    xmem_cpu_down() enters the cache as its CPU would. If a thief has
 *             revoked it, it waits for him.
 */
#include <xmem/admin.h>

#include "heap/cache_priv.h"
#include "lib/attr.h"

/* Tries without a steal while frames come and go. */
#define TRIES 8U

/* Is there a thief? (A) */
static unsigned int stealing;

/* ---- the thief ---- */

static void wait_for_thief(void)
{
	while (__atomic_load_n(&stealing, __ATOMIC_ACQUIRE) != 0) {
		xmem_port_cpu_pause();
	}
}

/* Has this code interrupted its CPU in the cache? */
static bool is_in_own_cache(void)
{
	xmem_preempt_t state;
	const struct cache_head *mine;
	bool is_in;

	xmem_port_preempt_off(state);
	mine = cache_mine();
	is_in = mine != &xmem_no_cache && mine->busy != 0;
	xmem_port_preempt_on(state);
	return is_in;
}

static bool may_steal(void)
{
	return xmem_port_may_broadcast() && !is_in_own_cache();
}

/* Become the thief. Return: false: there is one. */
static bool become_thief(void)
{
	return __atomic_exchange_n(&stealing, 1, __ATOMIC_ACQUIRE) == 0;
}

static void set_revoked(struct xmem_cache *newest, unsigned int revoked)
{
	for (struct xmem_cache *c = newest; c != NULL; c = c->next) {
		__atomic_store_n(&c->head.revoked, revoked, __ATOMIC_RELEASE);
	}
}

/* As the thief: take all caches from their CPUs. Return: the newest of them. */
static XMEM_COLD struct xmem_cache *revoke_all(void)
{
	struct xmem_cache *newest = xmem_cache_first();

	set_revoked(newest, 1);
	xmem_port_broadcast_barrier();
	for (struct xmem_cache *c = newest; c != NULL; c = c->next) {
		while (__atomic_load_n(&c->head.busy, __ATOMIC_ACQUIRE) != 0) {
			xmem_port_cpu_pause();
		}
	}
	return newest;
}

XMEM_COLD struct xmem_cache *xmem_caches_take_all(void)
{
	if (!may_steal()) {
		return NULL;
	}
	while (!become_thief()) {
		wait_for_thief();
	}
	return revoke_all();
}

void xmem_caches_give_back(struct xmem_cache *newest)
{
	set_revoked(newest, 0);
	__atomic_store_n(&stealing, 0, __ATOMIC_RELEASE);
}

/* Unchecked: the thief is in all caches from @newest on. */
XMEM_UNCHECKED
static void drain_all(struct xmem_cache *newest)
{
	for (struct xmem_cache *c = newest; c != NULL; c = c->next) {
		xmem_cache_drain(c);
	}
}

XMEM_COLD XMEM_API_PAGES bool xmem_drain_caches(void)
{
	struct xmem_cache *newest;

	if (!HEAP_HAS_CACHES || xmem_cache_first() == NULL) {
		return true;
	}
	newest = xmem_caches_take_all();
	if (newest == NULL) {
		return false;
	}
	drain_all(newest);
	xmem_caches_give_back(newest);
	return true;
}

/* ---- the hunt ---- */

/* How often frames have come to any node or cache. Unchecked: no lock is
 * needed for that number. */
XMEM_UNCHECKED
static unsigned long count_gives(void)
{
	unsigned long gives = 0;

	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		const struct heap_node *node = heap_node(n);

		for (unsigned int p = 0; node != NULL && p < heap_nr_used();
		     p++) {
			gives += __atomic_load_n(&node->heap[p].gives,
						 __ATOMIC_ACQUIRE);
		}
	}
	for (const struct xmem_cache *c = xmem_cache_first(); c != NULL;
	     c = c->next) {
		gives += __atomic_load_n(&c->pushes, __ATOMIC_ACQUIRE);
	}
	return gives;
}

/* Does a cache have a frame that @hunt is for? */
static bool is_there(const struct heap_hunt *hunt)
{
	unsigned long nr = 0;

	for (unsigned int n = 0; n < MAX_NUMNODES && nr == 0; n++) {
		if (hunt->node != MAX_NUMNODES && hunt->node != n) {
			continue;
		}
		nr += hunt->dom ? xmem_cache_count(n, HEAP_DOM, hunt->lo,
						   hunt->hi)
				: 0;
		nr += hunt->xen ? xmem_cache_count(n, HEAP_XEN, hunt->lo,
						   hunt->hi)
				: 0;
	}
	return nr != 0;
}

/* The caches have nothing. Has nothing come since before the last try? If
 * something has, or if nobody knows, this is before the next one. */
static bool is_hopeless(struct heap_hunt *hunt)
{
	unsigned long gives = count_gives();
	bool same = hunt->knows_gives && hunt->gives == gives;

	hunt->gives = gives;
	hunt->knows_gives = true;
	hunt->nr_tries++;
	return same;
}

XMEM_COLD bool xmem_hunt_again(struct heap_hunt *hunt)
{
	if (!HEAP_HAS_CACHES || xmem_cache_first() == NULL) {
		return false;
	}
	if (hunt->newest != NULL) {
		if (hunt->newest == xmem_cache_first()) {
			return false;
		}
		xmem_hunt_end(hunt);
	}
	if (!is_there(hunt)) {
		if (is_hopeless(hunt)) {
			return false;
		}
		if (hunt->nr_tries < TRIES) {
			return true;
		}
	}
	if (!may_steal()) {
		return false;
	}
	hunt->knows_gives = false;
	if (!become_thief()) {
		wait_for_thief();
		return true;
	}
	hunt->newest = revoke_all();
	drain_all(hunt->newest);
	return true;
}

XMEM_COLD void xmem_hunt_end(struct heap_hunt *hunt)
{
	if (HEAP_HAS_CACHES && hunt->newest != NULL) {
		xmem_caches_give_back(hunt->newest);
		hunt->newest = NULL;
	}
}

XMEM_COLD struct heap_hunt xmem_hunt_for(unsigned int memflags, bool xen)
{
	bool of_xenheap = xen && XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE;
	struct bounds in = xmem_heap_bounds_of(memflags);
	struct heap_nodes nodes = xmem_heap_nodes_of(memflags);

	in = xen ? heap_own_side(in, true) : in;
	return (struct heap_hunt){
		.node = nodes.left == 1 ? nodes.first : MAX_NUMNODES,
		.dom = !of_xenheap,
		.xen = of_xenheap,
		.lo = in.lo,
		.hi = nodes.left != 0 ? in.hi : in.lo,
	};
}

/* ---- one block ---- */

XMEM_COLD unsigned long xmem_heap_take_stealing(const struct heap_request *req,
						bool *dirty)
{
	struct heap_hunt hunt = xmem_hunt_for(req->memflags, req->xen);
	unsigned long mfn = XMEM_NO_MFN;

	while (mfn == XMEM_NO_MFN && xmem_hunt_again(&hunt)) {
		mfn = xmem_heap_take_once(req, dirty);
	}
	xmem_hunt_end(&hunt);
	return mfn;
}
