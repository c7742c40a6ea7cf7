/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port.h - what the library needs from the hypervisor or kernel around it
 *
 * These functions are *hooks*: the host supplies them, the library calls them.
 *
 * Always true:
 *  - The host calls the library in normal context on any CPU, with interrupts
 *    on or off, never from NMI or machine check.
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
#include <xmem/lock.h>
#include <xmem/types.h>

/**
 * xmem_port_panic - stop the machine: a bug was found, or memory is corrupt.
 * @fmt: printf-like; only %s %p %d %u %x %lu %lx %ld %llx are used.
 *
 * Called on any CPU, perhaps under a lock of the library. Must not return.
 */
#ifndef xmem_port_panic
XMEM_NORETURN XMEM_PRINTF(1, 2) void xmem_port_panic(const char *fmt, ...);
#endif

/**
 * xmem_port_print - write a message to the console.
 * @fmt: printf-like, the conversions of xmem_port_panic(); ends with '\n'.
 *
 * Never called with a library lock held.
 */
#ifndef xmem_port_print
XMEM_UNLOCKED XMEM_PRINTF(1, 2) void xmem_port_print(const char *fmt, ...);
#endif

/**
 * xmem_port_tlb_flush - drop translations of a range on all CPUs.
 * @va:       first virtual address, page aligned.
 * @nr_pages: pages, at least 1.
 *
 * When it returns no CPU uses a translation of the range that it read before
 * the call. Called without a library lock. Before other CPUs run, a local
 * flush is enough. <arch/tlb.h> has what to build it from.
 */
#ifndef xmem_port_tlb_flush
XMEM_UNLOCKED void xmem_port_tlb_flush(unsigned long va,
				       unsigned long nr_pages);
#endif

/**
 * xmem_port_cpu - number of the CPU that runs this code, 0..NR_CPUS-1.
 *
 * Must be right from the first call of the library on; the CPU that boots is 0
 * until the port has set it up. Also called under a lock.
 */
#ifndef xmem_port_cpu
#define xmem_port_cpu() 0U
#endif

/** xmem_port_cpu_to_node - NUMA node, 0..MAX_NUMNODES-1, of CPU @cpu. */
#ifndef xmem_port_cpu_to_node
#define xmem_port_cpu_to_node(cpu) ((void)(cpu), 0U)
#endif

/**
 * xmem_port_mfn_to_node - NUMA node, 0..MAX_NUMNODES-1, of frame @mfn.
 *
 * Must always give the same answer for a frame. Also called under a lock.
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
 * Called without a lock between two stretches of long work. It may sleep if all
 * callers of the library may.
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
 * The lock: xmem_lock_t, XMEM_LOCK_INIT, xmem_port_lock(), xmem_port_unlock().
 *
 * Mutual exclusion with acquire and release ordering. A host that defines
 * XMEM_PORT_LOCK supplies all four: its own spinlock, or a mutex. The library
 * holds a lock for a short, bounded time, never two at once, and calls no hook
 * meanwhile but those marked "under a lock". The default spins on an int, since
 * not every CPU can exchange a byte. The library calls both functions through
 * its own ones, which tell clang what is locked (see <xmem/lock.h>): they need
 * no attributes.
 */
#ifndef XMEM_PORT_LOCK
typedef struct {
	unsigned int held;
} xmem_lock_t;

#define XMEM_LOCK_INIT \
	{              \
		0      \
	}

static inline void xmem_port_lock(xmem_lock_t *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
			xmem_port_cpu_pause();
		}
	}
}

static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}
#endif

/**
 * xmem_port_frames_taken, xmem_port_frames_given - notification hooks: frames
 * have become used, or free.
 * @mfn:   first frame, aligned to @order.
 * @order: log2 of the number of frames.
 *
 * Both are called under the heap lock of the node, in the same lock hold as
 * the change, so they come in the true order. Memory that enters the heap by
 * init_*_pages() or end_boot_allocator() is reported as given, in aligned
 * blocks that may be larger than MAX_ORDER; so is what xmem_take_range() and
 * xmem_take_run() take. A take of a range over several nodes or spans that
 * another CPU defeats is reported as taken, then as given; no other call that
 * fails or is refused is reported. For
 * a host that keeps its own page descriptors (XMEM_PORT_PAGE_INFO in
 * <xmem/page_info.h>).
 */
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
 * xmem_port_entropy - 64 random bits, new ones at each call.
 *
 * Called once for each pool, when it is created or, for xmalloc's, first used;
 * perhaps under a lock. The bits become part of the key that seals the headers
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

/*
 * Memory for the library itself. The heap, the page tables and vmap allocate
 * all that they need for themselves by these two functions. The library has
 * them, on top of its heap. A host with a page layer of its own may define both
 * instead; then page tables and vmap need no heap (docs/porting.md, "Taking a
 * layer").
 *
 * Context: any CPU, normal context, no lock of the library held; not while the
 * boot allocator is in charge.
 */

/**
 * xmem_meta_take - allocate pages that are mapped and contiguous.
 * @nr: pages, at least 1. More than 2^MAX_ORDER pages are asked for only during
 *      set-up; the library's own function may then hold much more of the heap
 *      until it returns, to find neighbouring blocks.
 *
 * Return: address of the first page, contents undefined, owned by the caller
 * until xmem_meta_give(); NULL if there is no memory, with nothing changed.
 */
XMEM_MUST_CHECK void *xmem_meta_take(unsigned long nr);

/**
 * xmem_meta_give - free pages.
 * @va: first page.
 * @nr: pages, at least 1: all or a part of what xmem_meta_take() returned, or
 *      pages that the boot allocator has handed out.
 */
void xmem_meta_give(void *va, unsigned long nr);

#endif /* XMEM_PORT_H */
