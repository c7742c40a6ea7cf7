/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - copy me: the port header of your hypervisor or kernel
 *
 * Every definition here is optional; each shows the default or a typical
 * choice. What <xmem/port.h> says about a hook holds. The three functions
 *
 *	void xmem_port_panic(const char *fmt, ...);    never returns
 *	void xmem_port_print(const char *fmt, ...);
 *	void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages);
 *
 * are to be linked (or defined here as macros of the same names).
 */
#ifndef MY_XMEM_PORT_H
#define MY_XMEM_PORT_H

/* Sizes of this build. */
#define NR_CPUS	     256
#define MAX_NUMNODES 1
#define MAX_ORDER    18

/* Which CPU is this? 0 until the per-CPU area is set up. */
unsigned int my_cpu_number(void);
#define xmem_port_cpu() my_cpu_number()

/* Spin politely. */
#define xmem_port_cpu_pause() __builtin_ia32_pause()

/* Between batches of long work: let softirqs run, feed the watchdog. */
void my_process_pending_work(void);
#define xmem_port_relax() my_process_pending_work()

/* Random bits, if the CPU has them: seals of pool headers are hard to forge. */
unsigned long long my_random_bits(void);
#define xmem_port_entropy() my_random_bits()

/* Your own spinlock instead of the default one: all four together. If a free
 * lock cannot be written as an initialiser, a macro xmem_port_lock_init(lock)
 * takes the place of XMEM_LOCK_INIT. And if the header of your spinlock must
 * not be read here, XMEM_PORT_LOCK_BYTES takes the place of all this: see
 * <xmem/port.h>. */
#define XMEM_PORT_LOCK
typedef struct {
	unsigned int ticket;
	unsigned int serving;
} xmem_lock_t;
#define XMEM_LOCK_INIT { 0, 0 }

static inline void xmem_port_lock(xmem_lock_t *lock)
{
	unsigned int mine =
		__atomic_fetch_add(&lock->ticket, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != mine) {
		xmem_port_cpu_pause();
	}
}

static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

/* Your kernel preempts its own code and goes on with it on another CPU. (With a
 * lock of your own, see to it there, too.)
 *
 *	#define XMEM_PORT_PREEMPT
 *	typedef unsigned long xmem_preempt_t;
 *	#define xmem_port_preempt_off(state) ((state) = my_preempt_disable())
 *	#define xmem_port_preempt_on(state)  my_preempt_enable(state)
 */

/* Each of your CPUs may cache free frames. Then the library must be able to
 * make all of them execute a barrier, as a TLB flush by interrupt does, whose
 * handler executes one; and it asks whether it may: not with interrupts off,
 * nor in a handler. The word for each CPU is optional; without it there is a
 * table by xmem_port_cpu(). Call xmem_cpu_up(cpu, node) for each CPU but the
 * first.
 *
 *	#define xmem_port_may_broadcast()     my_interrupts_are_on()
 *	#define xmem_port_broadcast_barrier() my_call_all_cpus(my_full_barrier)
 *	#define xmem_port_cpu_cache()         my_this_cpu_read(frame_cache)
 *	#define xmem_port_set_cpu_cache(cpu, cache) \
 *		my_per_cpu_write(frame_cache, cpu, cache)
 *
 * If your CPUs cannot interrupt each other, a barrier on each visit to a cache
 * takes its place:
 *
 *	#define xmem_port_cpu_cache_fence()   my_full_barrier()
 *	#define xmem_port_broadcast_barrier() my_full_barrier()
 *	#define xmem_port_may_broadcast()     (!my_is_in_handler())
 */

/* Your map_domain_page() is an inline, a macro, or has another name.
 *
 *	#define xmem_port_map_domain_page(mfn)	my_map_frame(mfn_x(mfn))
 *	#define xmem_port_unmap_domain_page(va) my_unmap_frame(va)
 */

/* Your own domains: embed an xmem_owner and say where it is.
 *
 *	#define XMEM_PORT_DOMAIN
 *	struct domain;
 *	struct xmem_owner *xmem_domain_owner(struct domain *d);
 */

/* Functions of the library whose names you have yourself: the library's get
 * others, everywhere. Your own file that calls them reads <xmem/hooks.h>, which
 * does not read this one, so there your names are yours.
 *
 *	#define alloc_domheap_pages xmem_alloc_domheap_pages
 *	#define free_domheap_pages  xmem_free_domheap_pages
 */

/* How much RAM from address 0 is in the direct map when
 * arch_init_directmap() is called (x86-64). */
#define XMEM_PORT_BOOT_MAPPED (1UL << 30)

#endif /* MY_XMEM_PORT_H */
