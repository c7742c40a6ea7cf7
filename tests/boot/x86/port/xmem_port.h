/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the test hypervisor
 *
 * The CPU number is in the structure that GS points to from the first
 * instruction on. The lock knows its holder, so that a panic that a test
 * expects can release what the CPU held, and a lock taken twice is a message
 * instead of a hang.
 */
#ifndef XMEM_PORT_HEADER_H
#define XMEM_PORT_HEADER_H

#define NR_CPUS 16

/* struct boot_cpu in boot.h: the number is at offset 8. */
static inline unsigned int boot_cpu_number(void)
{
	unsigned int number;

	__asm__("movl %%gs:8, %0" : "=r"(number));
	return number;
}

/* The word at offset 24 is the cache of the CPU: one instruction. */
static inline void *boot_cpu_cache(void)
{
	void *cache;

	__asm__ volatile("movq %%gs:24, %0" : "=r"(cache));
	return cache;
}

void boot_set_cpu_cache(unsigned int cpu, void *cache);
#define xmem_port_cpu_cache()		    boot_cpu_cache()
#define xmem_port_set_cpu_cache(cpu, cache) boot_set_cpu_cache(cpu, cache)

/* By interrupt, as the TLB flush, so with interrupts on; and they are off in
 * all handlers. */
_Bool boot_may_broadcast(void);
void boot_broadcast_barrier(void);
#define xmem_port_may_broadcast()     boot_may_broadcast()
#define xmem_port_broadcast_barrier() boot_broadcast_barrier()

#define xmem_port_cpu()	      boot_cpu_number()
#define xmem_port_cpu_pause() __asm__ volatile("pause" ::: "memory")

#define XMEM_PORT_LOCK
typedef struct {
	unsigned int held;
} xmem_lock_t;
#define XMEM_LOCK_INIT \
	{              \
		0      \
	}

void boot_lock(xmem_lock_t *lock);
void boot_unlock(xmem_lock_t *lock);
#define xmem_port_lock(lock)   boot_lock(lock)
#define xmem_port_unlock(lock) boot_unlock(lock)

#endif /* XMEM_PORT_HEADER_H */
