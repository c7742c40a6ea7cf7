/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of skel's test hypervisor
 *
 * The lock knows its holder (tests/boot/common/recover.c), so that a panic
 * that a test expects can release what the CPU held, and a lock taken twice is
 * a message instead of a hang.
 */
#ifndef XMEM_PORT_HEADER_H
#define XMEM_PORT_HEADER_H

#define NR_CPUS 16

/* Decide: the register that tells CPUs apart. It is set before the first line
 * of C and points to the CPU's struct boot_cpu, which begins with its number.
 */
const unsigned int *skel_thread_register(void);
#define xmem_port_cpu() (*skel_thread_register())

/* Decide: the instruction of a loop that waits. */
void skel_pause(void);
#define xmem_port_cpu_pause() skel_pause()

/* Decide: can a CPU interrupt all others? If not, and if interrupts are masked
 * for long: tests/boot/arm/port. The cache of a CPU could be a word beside its
 * number, too: tests/boot/x86/port. */
_Bool boot_may_broadcast(void);
void boot_broadcast_barrier(void);
#define xmem_port_may_broadcast()     boot_may_broadcast()
#define xmem_port_broadcast_barrier() boot_broadcast_barrier()

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
