/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port.h - what the library needs from the hypervisor or kernel around it
 *
 * These functions are *hooks*: the host supplies them, the library calls them.
 *
 * Always true:
 *  - The host calls the library in normal context: on any CPU, with interrupts
 *    on or off, but not in a handler that may have interrupted the library, in
 *    an NMI or machine check, or in a panic. docs/locking.md, "Contexts", has
 *    for each function which of these are allowed all the same, and which hooks
 *    it calls.
 *  - No hook below may call back into the library, except that
 *    xmem_port_panic() may do anything, since it does not return.
 *  - Hooks that are called "under a lock" must not allocate, sleep, or take a
 *    lock under which the library is called.
 *
 * The host puts a header of the fixed name `xmem_port.h` on the include path.
 * It defines there, one macro at a time, those hooks whose defaults below do
 * not fit. Without that header all defaults hold, and only the functions
 * xmem_port_panic(), xmem_port_print() and xmem_port_tlb_flush() must be
 * linked. docs/examples/xmem_port.h is one to copy.
 */
#ifndef XMEM_PORT_H
#define XMEM_PORT_H

#include <xmem/config.h>
#include <xmem/hooks.h>
#include <xmem/lock.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/**
 * xmem_port_cpu - number of the CPU that runs this code, 0..NR_CPUS-1.
 *
 * Must be right from the first call of the library on; the CPU that boots is 0
 * until the port has set it up. Also called under a lock. Where the answer must
 * stay true, preemption is off (below) or interrupts are masked. Elsewhere it
 * is a hint, which node to allocate from first: so it must not complain that
 * preemption is on. Where CPUs have caches, no two CPUs that use the heap may
 * have the same number from heap_init_late() or the first xmem_cpu_up() on.
 */
#ifndef xmem_port_cpu
#define xmem_port_cpu() 0U
#endif

/**
 * xmem_port_preempt_off, xmem_port_preempt_on - keep this code on its CPU;
 * let it move again.
 * @state: a variable of the type xmem_preempt_t; off sets it, and on gets it
 *         back on the same CPU.
 *
 * For kernels that preempt code of their own and go on with it on another CPU:
 * they count, or mask interrupts and keep the flags in @state. A host that
 * defines XMEM_PORT_PREEMPT supplies all three: the type, and two macros or
 * functions that are called with the variable, not with its address. The
 * default is nothing.
 *
 * The library holds preemption off for a short, bounded time: around the
 * default lock below; while a CPU is in its cache of frames; while it calls a
 * notification hook; and while it zeroes one page, or writes it from the
 * caches, in a window of map_domain_page(). Of this nothing nests but the lock
 * and the notification in a visit to the cache. Meanwhile it calls only hooks
 * "under a lock", xmem_port_map_domain_page() and
 * xmem_port_unmap_domain_page(). See docs/locking.md, "Preemption".
 */
#ifndef XMEM_PORT_PREEMPT
#if defined(xmem_port_preempt_off) || defined(xmem_port_preempt_on)
#error "xmem_port.h: define XMEM_PORT_PREEMPT and xmem_preempt_t, too"
#endif
typedef unsigned long xmem_preempt_t;
#define xmem_port_preempt_off(state) ((state) = 0)
#define xmem_port_preempt_on(state)  ((void)(state))
#endif

/**
 * xmem_port_may_broadcast, xmem_port_broadcast_barrier - make every CPU execute
 * a full memory barrier.
 *
 * A CPU takes free frames from a cache of its own, and puts them there, without
 * an atomic instruction or a lock (docs/locking.md, "Caches of CPUs"). Before
 * an allocation fails, the frames in the caches of all CPUs go back to the
 * heap. Whoever takes them out of another CPU's cache first calls
 *
 * xmem_port_broadcast_barrier(): when it returns, every CPU that runs has
 *	executed a full barrier at some time since the call, the caller, too.
 *	An interrupt to all CPUs that waits until each has answered does it; so
 *	does membarrier(2), private and expedited, for threads that are CPUs. A
 *	CPU that does not run (halted, or not up yet) must have executed one
 *	before it goes on. Called without a lock, with preemption and interrupts
 *	as the caller of the library has them, by one CPU at a time, once for
 *	each allocation that would fail otherwise, and by xmem_drain_caches().
 *
 * xmem_port_may_broadcast(): is that allowed here and now? Not with interrupts
 *	off, if then two CPUs would wait for each other; nor in an interrupt
 *	handler, nor under a lock for which others wait with interrupts off.
 *	Where it is false the allocation fails, although frames may lie in other
 *	CPUs' caches.
 *
 * A port defines both or none. The default, if NR_CPUS is 1: yes, and nothing.
 * With more CPUs no cache is built in without these hooks. A port that cannot
 * broadcast at all, but wants caches, defines the two as `false` and
 * `((void)0)`: then what is cached elsewhere is lost to others until its CPU
 * drains it.
 */
#ifndef xmem_port_broadcast_barrier
#ifdef xmem_port_may_broadcast
#error "xmem_port.h: define xmem_port_broadcast_barrier, too"
#endif
#define xmem_port_may_broadcast()     true
#define xmem_port_broadcast_barrier() __asm__ volatile("" ::: "memory")
#define XMEM_PORT_CAN_BROADCAST	      (NR_CPUS == 1)
#elif !defined(xmem_port_may_broadcast)
#error "xmem_port.h: define xmem_port_may_broadcast, too"
#else
/** Is there a way to every CPU, or only one CPU? */
#define XMEM_PORT_CAN_BROADCAST true
#endif

/**
 * xmem_port_cpu_cache, xmem_port_set_cpu_cache - one word for each CPU, a
 * pointer that is NULL at first.
 * @cpu:   0..NR_CPUS-1.
 * @cache: what the word of CPU @cpu becomes; stored as a whole, with release.
 *
 * xmem_port_cpu_cache() returns the word of the CPU that runs this code, a
 * `void *`; preemption is off. A port with per-CPU variables has it in one
 * instruction. The default is a table by xmem_port_cpu(). Neither is called
 * under a lock. A port defines both or none.
 */
#if defined(xmem_port_cpu_cache) != defined(xmem_port_set_cpu_cache)
#error "xmem_port.h: xmem_port_cpu_cache and xmem_port_set_cpu_cache go together"
#endif

/** xmem_port_cpu_to_node - NUMA node, 0..MAX_NUMNODES-1, of CPU @cpu. */
#ifndef xmem_port_cpu_to_node
#define xmem_port_cpu_to_node(cpu) ((void)(cpu), 0U)
#endif

/**
 * xmem_port_mfn_to_node - NUMA node, 0..MAX_NUMNODES-1, of frame @mfn.
 *
 * Must always give the same answer for a frame, but is not called before
 * end_boot_allocator() or memory enters the heap otherwise. Also called under a
 * lock.
 */
#ifndef xmem_port_mfn_to_node
#define xmem_port_mfn_to_node(mfn) ((void)(mfn), 0U)
#endif

/**
 * xmem_port_node_end - an end such that [@mfn, end) crosses at most one node
 * border.
 *
 * Must be above @mfn. Called when memory enters the heap, to cut it where the
 * node changes: so a range that goes from node 0 to 1 and back to 0 is cut into
 * three. A port that has a table of nodes (SRAT, device tree) returns the next
 * border in it; then there is one call for each border. The default is @mfn
 * plus 128 MiB, the smallest piece that firmware gives to a node: 500,000 quick
 * calls for 64 TiB, and none at all if MAX_NUMNODES is 1.
 */
#ifndef xmem_port_node_end
#define xmem_port_node_end(mfn) ((mfn) + (1UL << (27 - PAGE_SHIFT)))
#endif

/**
 * xmem_port_next_node - which node an allocation asks next.
 * @first: the node that it prefers, 0..MAX_NUMNODES-1.
 * @node:  the one that it has asked last, and that has no memory for it: first
 *         @first, then what this hook returned.
 *
 * Return: the next node; MAX_NUMNODES or more: none, the allocation fails. No
 * more than MAX_NUMNODES nodes are asked. The default goes round by number. A
 * port that knows distances, or has slow RAM on a node of its own, goes by
 * these; a node that it does not name for others than itself is only used by
 * those who ask for it (docs/design.md, "Which RAM first"). Called without a
 * lock.
 */
#ifndef xmem_port_next_node
#define xmem_port_next_node(first, node) \
	((void)(first), (node) + 1 < MAX_NUMNODES ? (node) + 1 : 0)
#endif

/**
 * xmem_port_relax - let others run, feed a watchdog.
 *
 * Called without a lock, and with preemption as the caller has it, between two
 * stretches of long work. It may sleep if all callers of the library may; the
 * table in docs/locking.md says which functions call it.
 */
#ifndef xmem_port_relax
#define xmem_port_relax() ((void)0)
#endif

/** xmem_port_cpu_pause - hint inside a spin loop. */
#ifndef xmem_port_cpu_pause
#define xmem_port_cpu_pause() __asm__ volatile("" ::: "memory")
#endif

/** Allocations with MEMF_no_dma get no frame below this number. */
#ifndef XMEM_PORT_DMA_MFNS
#define XMEM_PORT_DMA_MFNS (1UL << (24 - PAGE_SHIFT))
#endif

/**
 * The lock: xmem_lock_t, xmem_port_lock(), xmem_port_unlock(), and
 * xmem_port_lock_init(), which makes memory of any contents a free lock.
 *
 * Mutual exclusion with acquire and release ordering: a spinlock of the host,
 * or a mutex. A host has its own lock in one of two ways:
 *
 *  - It defines XMEM_PORT_LOCK, the type and the two functions. If a free lock
 *    can be written as an initialiser, it defines that as XMEM_LOCK_INIT; else
 *    the macro xmem_port_lock_init(lock), where @lock is an xmem_lock_t *.
 *  - It defines XMEM_PORT_LOCK_BYTES, and nothing of its own spinlock is read
 *    by the library's headers: xmem_lock_t is so many bytes of storage, aligned
 *    to XMEM_PORT_LOCK_ALIGN (default: a long; at most 16), and the three
 *    functions are linked. The file that has them checks by _Static_assert that
 *    its lock has room there.
 *
 * The library calls xmem_port_lock_init() once for each lock before it takes it
 * first, without a lock, and never moves or copies a lock after. (If two CPUs
 * add the first span of a node at the same time, one such lock is free again at
 * once, and forgotten.) It holds a lock for a short, bounded time, never two at
 * once, and calls no hook meanwhile but those marked "under a lock". The
 * default spins on an int, since not every CPU can exchange a byte, with
 * preemption off from before it spins until after it unlocks
 * (xmem_port_preempt_off()); a host's own lock sees to that itself. The library
 * calls both functions through
 * its own ones, which tell clang what is locked (see <xmem/lock.h>): they need
 * no attributes.
 */
#if defined(XMEM_PORT_LOCK_BYTES)
#ifdef XMEM_PORT_LOCK
#error "xmem_port.h: either XMEM_PORT_LOCK or XMEM_PORT_LOCK_BYTES"
#endif
#ifndef XMEM_PORT_LOCK_ALIGN
#define XMEM_PORT_LOCK_ALIGN sizeof(long)
#endif

typedef struct {
	unsigned char bytes[XMEM_PORT_LOCK_BYTES]
		__attribute__((__aligned__(XMEM_PORT_LOCK_ALIGN)));
} xmem_lock_t;

void xmem_port_lock_init(xmem_lock_t *lock);
void xmem_port_lock(xmem_lock_t *lock);
void xmem_port_unlock(xmem_lock_t *lock);
#define xmem_port_lock_init xmem_port_lock_init

#elif !defined(XMEM_PORT_LOCK)
typedef struct {
	unsigned int held;
#ifdef XMEM_PORT_PREEMPT
	xmem_preempt_t preempt; /* the holder's, who alone touches it */
#endif
} xmem_lock_t;

#ifdef XMEM_PORT_PREEMPT
#define XMEM_LOCK_KEEP(lock, state) ((lock)->preempt = (state))
#define XMEM_LOCK_KEPT(lock)	    ((lock)->preempt)
#else
#define XMEM_LOCK_KEEP(lock, state) ((void)(state))
#define XMEM_LOCK_KEPT(lock)	    0
#endif

#define XMEM_LOCK_INIT \
	{              \
		0      \
	}

static inline void xmem_port_lock(xmem_lock_t *lock)
{
	xmem_preempt_t state;

	xmem_port_preempt_off(state);
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
			xmem_port_cpu_pause();
		}
	}
	XMEM_LOCK_KEEP(lock, state);
}

static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	xmem_preempt_t state = XMEM_LOCK_KEPT(lock);

	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
	xmem_port_preempt_on(state);
}
#endif

#ifndef xmem_port_lock_init
#ifndef XMEM_LOCK_INIT
#error "xmem_port.h: define XMEM_LOCK_INIT or xmem_port_lock_init, too"
#endif
static inline void xmem_port_lock_init(xmem_lock_t *lock)
{
	const xmem_lock_t is_free = XMEM_LOCK_INIT;

	*lock = is_free;
}
#endif

/**
 * xmem_port_map_domain_page, xmem_port_unmap_domain_page - map a frame of RAM
 * for a moment, to scrub it or to write it from the caches to RAM.
 * @mfn: the frame, an mfn_t.
 * @va:  what the first returned.
 *
 * Called without a lock and with preemption off, one pair after the other, on
 * one CPU. The defaults are the functions map_domain_page() and
 * unmap_domain_page() of <xmem/map.h>. A host that has inlines or macros of
 * these names, or other ones, defines both hooks; then the library neither
 * needs nor has functions of these names.
 */
#ifndef xmem_port_map_domain_page
#define xmem_port_map_domain_page(mfn)	map_domain_page(mfn)
#define xmem_port_unmap_domain_page(va) unmap_domain_page(va)
#elif !defined(xmem_port_unmap_domain_page)
#error "xmem_port.h: define xmem_port_unmap_domain_page, too"
#else
/** The names are the host's: <xmem/map.h> leaves them alone. */
#define XMEM_PORT_HAS_DOMAIN_PAGE
#endif

/**
 * xmem_port_frames_taken, xmem_port_frames_given - notification hooks: frames
 * have been allocated, or are being freed.
 * @mfn:   first frame, aligned to @order.
 * @order: log2 of the number of frames.
 *
 * Every allocation and every free of the API is told, in the call itself, with
 * preemption off and without a lock of the library: taken after the frames have
 * left the heap, given before anybody else can have them. So the calls for one
 * frame come in the true order on any number of CPUs. Inside given the frames
 * are still the caller's: the host may write to what it keeps about them. What
 * the library moves inside itself, from the heap to the cache of a CPU and
 * back, is not told.
 *
 * Memory that enters the heap by init_*_pages() or end_boot_allocator() is told
 * as given. Ranges and runs of any length are told in aligned blocks, which may
 * be larger than MAX_ORDER. What fails, is refused, or panics is not told. (But
 * xmem_free_runs() may panic after it has told; and so may any free if another
 * CPU frees the same frames by mistake at the same moment. Where such a free
 * returns an error, by xmem_block_give(), it is then told as taken.)
 *
 * Hooks "under a lock": they must not allocate, sleep, or call the library. For
 * a host that keeps its own page descriptors (XMEM_PORT_PAGE_INFO in
 * <xmem/page_info.h>).
 */
#if defined(xmem_port_frames_taken) || defined(xmem_port_frames_given)
#define XMEM_PORT_HEARS_FRAMES true
#else
#define XMEM_PORT_HEARS_FRAMES false
#endif
#ifndef xmem_port_frames_taken
#define xmem_port_frames_taken(mfn, order) ((void)(mfn), (void)(order))
#endif
#ifndef xmem_port_frames_given
#define xmem_port_frames_given(mfn, order) ((void)(mfn), (void)(order))
#endif

/** The default of xmem_port_flush_to_ram() on architectures that need one. */
XMEM_UNLOCKED void xmem_arch_flush_to_ram(unsigned long mfn, unsigned long nr,
					  bool icache);

/**
 * xmem_port_flush_to_ram - write cached data of frames to RAM and drop it.
 * @mfn:    first frame.
 * @nr:     number of frames.
 * @icache: code may be run from them: invalidate the instruction caches, too.
 *
 * alloc_domheap_pages(), xmem_take_range() and xmem_take_run() call it, without
 * a lock, for the frames that they hand out, after scrubbing. A guest that
 * starts with its caches off must see the zeroes, and no cache line may be
 * written back over its data later. The default does what the architecture
 * needs. A port whose domains never run with caches off defines it as
 * ((void)0).
 */
#ifndef xmem_port_flush_to_ram
#ifdef ARCH_FLUSH_TO_RAM
#define xmem_port_flush_to_ram xmem_arch_flush_to_ram
#else
#define xmem_port_flush_to_ram(mfn, nr, icache) \
	((void)(mfn), (void)(nr), (void)(icache))
#endif
#endif

/**
 * XMEM_PORT_CALLBACK - an attribute of each function of the library whose
 * address is taken.
 *
 * For a host that marks by hand what may be the target of an indirect branch
 * (`__attribute__((__cf_check__))` for gcc's -mmanual-endbr). Without the mark
 * the first xmalloc() there ends in a control-protection fault. The library
 * itself calls nothing by address but what the owner of a pool has given to
 * xmem_pool_create(): those functions the host marks.
 */
#ifndef XMEM_PORT_CALLBACK
#define XMEM_PORT_CALLBACK
#endif

/**
 * xmem_port_entropy - 64 random bits, new ones at each call.
 *
 * Called once for each pool, when it is created or, for xmalloc's, first used,
 * without a lock. The bits become part of the key that seals the headers
 * in the pool's memory. Accidental overwrites are found with any key. But with
 * the default, a constant, an attacker who knows the address of the pool, which
 * is in the image, can compute the key and forge headers and links: so he can
 * get overlapping objects, and write any value within the pool's memory. With
 * random bits he must first have read 8 bytes beside an object or of a freed
 * one. A hypervisor that hands objects to those it does not trust should not
 * rely on seals.
 */
#ifndef xmem_port_entropy
#define xmem_port_entropy() ((uint64_t)0)
#endif

/**
 * xmem_port_alloc_fails - shall the page allocation that starts now fail?
 *
 * For fault injection. Every allocation function of the page layer calls it
 * once, without a lock. The default is a constant, which compiles to nothing.
 */
#ifndef xmem_port_alloc_fails
#define xmem_port_alloc_fails() false
#endif

XMEM_END_DECLS

XMEM_AGREE(port)
{
	XMEM_AGREE_ON("XMEM_PORT_LOCK", XMEM_IS_DEFINED(XMEM_PORT_LOCK));
	XMEM_AGREE_ON("sizeof_xmem_lock_t", sizeof(xmem_lock_t));
	XMEM_AGREED();
}

#endif /* XMEM_PORT_H */
