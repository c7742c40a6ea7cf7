/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the Arm test hypervisor
 *
 * The CPU number is in the structure that the thread register of the
 * hypervisor's privilege level points to from the first line of C on. The
 * lock knows its holder, so that a panic that a test expects can release what
 * the CPU held, and a lock taken twice is a message instead of a hang.
 */
#ifndef XMEM_PORT_HEADER_H
#define XMEM_PORT_HEADER_H

#define NR_CPUS 16

/* QEMU's CPUs are all the same. */
#define XMEM_PORT_TLBI_RANGE 1

/*
 * The register is chosen each time, since one image runs at EL1 and at EL2
 * (arm32: PL1 and Hyp mode). At EL2 those of EL1 would be a guest's. Volatile,
 * so that the compiler does not read the one that EL1 has not in advance.
 */
static inline unsigned long boot_thread_register(void)
{
	unsigned long level;
	unsigned long v;

#ifdef __aarch64__
	__asm__("mrs %0, CurrentEL" : "=r"(level));
	if ((level >> 2 & 3) == 2) {
		__asm__ volatile("mrs %0, tpidr_el2" : "=r"(v));
	} else {
		__asm__ volatile("mrs %0, tpidr_el1" : "=r"(v));
	}
#else
	__asm__("mrs %0, cpsr" : "=r"(level));
	if ((level & 0x1f) == 0x1a) {
		/* HTPIDR */
		__asm__ volatile("mrc p15, 4, %0, c13, c0, 2" : "=r"(v));
	} else {
		/* TPIDRPRW */
		__asm__ volatile("mrc p15, 0, %0, c13, c0, 4" : "=r"(v));
	}
#endif
	return v;
}

/* struct boot_cpu in boot.h: the number is at offset 0. */
static inline unsigned int boot_cpu_number(void)
{
	return *(const unsigned int *)boot_thread_register();
}

/* The fourth long there is the cache of the CPU. */
static inline void *boot_cpu_cache(void)
{
	return __atomic_load_n((void **)boot_thread_register() + 3,
			       __ATOMIC_RELAXED);
}

void boot_set_cpu_cache(unsigned int cpu, void *cache);
#define xmem_port_cpu_cache()		    boot_cpu_cache()
#define xmem_port_set_cpu_cache(cpu, cache) boot_set_cpu_cache(cpu, cache)

/*
 * Interrupts are masked for ever, so nobody can be made to execute a barrier;
 * and a broadcast flush of TLBs is none. Instead each CPU executes one on each
 * visit to its cache, and the thief one of his own: then nobody has to answer,
 * and who holds no lock may always steal.
 */
_Bool boot_holds_locks(void);
#define xmem_port_cpu_cache_fence()   __asm__ volatile("dmb ish" ::: "memory")
#define xmem_port_broadcast_barrier() __asm__ volatile("dmb ish" ::: "memory")
#define xmem_port_may_broadcast()     (!boot_holds_locks())

#define xmem_port_cpu()	      boot_cpu_number()
#define xmem_port_cpu_pause() __asm__ volatile("yield" ::: "memory")

#define XMEM_PORT_LOCK
typedef struct {
	unsigned int held;
} xmem_lock_t;
#define XMEM_LOCK_INIT { 0 }

void boot_lock(xmem_lock_t *lock);
void boot_unlock(xmem_lock_t *lock);
#define xmem_port_lock(lock)   boot_lock(lock)
#define xmem_port_unlock(lock) boot_unlock(lock)

#endif /* XMEM_PORT_HEADER_H */
