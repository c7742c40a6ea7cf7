/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port.h - what the library needs of the hypervisor or kernel around it
 *
 * Global preconditions, once:
 *  - The library is called in normal context on any CPU, with interrupts on
 *    or off, never from NMI or machine check.
 *  - No hook below may call back into the library, except that
 *    xmem_port_panic() may do anything, since it does not return.
 *  - Hooks called "under a lock" must be leaves: no allocation, no sleeping.
 *
 * The embedder puts a header of the fixed name `xmem_port.h` on the include
 * path and overrides there whatever the defaults below do not fit, one macro
 * at a time. Without that header the defaults stand and only the functions
 * xmem_port_panic, xmem_port_print and xmem_port_tlb_flush must be linked.
 * docs/examples/xmem_port.h is one to copy.
 */
#ifndef XMEM_PORT_H
#define XMEM_PORT_H

#include <xmem/config.h>
#include <xmem/lock.h>
#include <xmem/types.h>

/**
 * xmem_port_panic - stop the machine: memory is corrupt.
 * @fmt: printf-like; only %s %p %d %u %x %lu %lx %ld %llx are used.
 *
 * Called with any lock held, on any CPU. Must not return.
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
 * xmem_port_tlb_flush - forget translations on all CPUs.
 * @va:       first virtual address, page aligned.
 * @nr_pages: pages, at least 1.
 *
 * When it returns no CPU uses a translation of the range that was read
 * before the call. Called without a library lock. Before other CPUs run, a
 * local flush is enough.
 */
#ifndef xmem_port_tlb_flush
XMEM_UNLOCKED void xmem_port_tlb_flush(unsigned long va,
				       unsigned long nr_pages);
#endif

/**
 * xmem_port_cpu - number of the CPU that runs this code, 0..NR_CPUS-1.
 *
 * Valid from the first call on: 0 until the port knows better. Also called
 * under a lock.
 */
#ifndef xmem_port_cpu
#define xmem_port_cpu() 0U
#endif

/** xmem_port_cpu_to_node - NUMA node of CPU @cpu, 0..MAX_NUMNODES-1. */
#ifndef xmem_port_cpu_to_node
#define xmem_port_cpu_to_node(cpu) ((void)(cpu), 0U)
#endif

/**
 * xmem_port_mfn_to_node - NUMA node of frame @mfn, 0..MAX_NUMNODES-1.
 *
 * Also called under the heap lock: a leaf.
 */
#ifndef xmem_port_mfn_to_node
#define xmem_port_mfn_to_node(mfn) ((void)(mfn), 0U)
#endif

/**
 * xmem_port_node_end - a frame above @mfn up to which nodes change once.
 *
 * Frames [@mfn, xmem_port_node_end(@mfn)) lie on the node of @mfn, or from
 * some frame on on one other. Asked when memory enters, so that a range which
 * goes from node 0 to 1 and back to 0 is cut in three. A port that has a
 * table of nodes (SRAT, a device tree) answers with the next border in it: a
 * question for each border and none beside. The default steps by 128 MiB, the
 * least that firmware gives a node in a piece: 500,000 quick questions for
 * 64 TiB, and none at all where MAX_NUMNODES is 1.
 */
#ifndef xmem_port_node_end
#define xmem_port_node_end(mfn) ((mfn) + (1UL << (27 - PAGE_SHIFT)))
#endif

/** xmem_port_relax - called between batches of long work, without a lock. */
#ifndef xmem_port_relax
#define xmem_port_relax() ((void)0)
#endif

/** xmem_port_cpu_pause - hint inside a spin loop. */
#ifndef xmem_port_cpu_pause
#define xmem_port_cpu_pause() __asm__ volatile("" ::: "memory")
#endif

/** Frames below this number are left alone by requests with MEMF_no_dma. */
#ifndef XMEM_PORT_DMA_MFNS
#define XMEM_PORT_DMA_MFNS (1UL << (24 - PAGE_SHIFT))
#endif

/**
 * The lock: xmem_lock_t, XMEM_LOCK_INIT, xmem_port_lock(), xmem_port_unlock().
 *
 * Mutual exclusion with acquire and release ordering. A host may supply its
 * spinlock (all four together, with XMEM_PORT_LOCK defined) or a mutex. A
 * library lock is held for a bounded, short time and never across a hook
 * other than those marked "under a lock". The default spins on an int,
 * as not every CPU exchanges a byte. The library calls them by functions that
 * tell clang what is locked (see <xmem/lock.h>): they need no attributes.
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
 * xmem_port_frames_taken, xmem_port_frames_given - the page layer tells.
 * @mfn:   first frame. @order: log2 of the number of frames.
 *
 * "Taken": the frames have just left the free set. "Given": they enter it.
 * Both are called under the heap lock of their node, so nobody else has seen
 * the frames in between. Memory that enters by init_*_pages() or
 * end_boot_allocator() is told in aligned blocks too, which may be larger
 * than MAX_ORDER. A rejected free is not told. A host that keeps its own
 * page descriptor follows the free set this way (see XMEM_PORT_PAGE_INFO in
 * <xmem/page_info.h>).
 */
#ifndef xmem_port_frames_taken
#define xmem_port_frames_taken(mfn, order) ((void)(mfn), (void)(order))
#endif
#ifndef xmem_port_frames_given
#define xmem_port_frames_given(mfn, order) ((void)(mfn), (void)(order))
#endif

/** What xmem_port_flush_to_ram() is by default, where there is something to
 *  do. */
XMEM_UNLOCKED void xmem_arch_flush_to_ram(unsigned long mfn, unsigned long nr,
					  bool icache);

/**
 * xmem_port_flush_to_ram - what is in caches goes to RAM.
 * @mfn: first frame. @nr: frames. @icache: they may hold code: instruction
 *       caches forget what they have.
 *
 * Called by alloc_domheap_pages() for what it hands out, after scrubbing,
 * without a lock: a guest that starts with its caches off must see zeroes,
 * and no line that is written back later. The default is what the
 * architecture needs. A port whose domains never run with caches off defines
 * it as ((void)0).
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
 * Asked once a pool, perhaps under its lock, when it is first used; xmalloc
 * has one pool. It becomes part of the key that the headers in the pool's
 * memory are sealed with. Accidents are found whatever it is. But the default
 * is a constant, and then who knows the address of the pool, which is in the
 * image, can compute the key and write headers and links that pass for sound
 * ones: overlapping objects, and any value at addresses within the pool's
 * memory. With random bits one must have read 8 bytes beside an object, or of
 * a freed one, first: a hypervisor that hands objects to those it does not
 * trust should not rely on seals.
 */
#ifndef xmem_port_entropy
#define xmem_port_entropy() ((uint64_t)0)
#endif

/**
 * xmem_port_alloc_fails - should the page allocation that starts now fail?
 *
 * For fault injection: asked once by every page-layer allocation call,
 * without a lock. The default is a constant, which compiles to nothing.
 */
#ifndef xmem_port_alloc_fails
#define xmem_port_alloc_fails() false
#endif

#endif /* XMEM_PORT_H */
