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
