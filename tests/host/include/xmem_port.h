/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the host machine: threads are CPUs
 *
 * The lock is a spinlock that knows its holder, so that every test also
 * checks the locking rules: no lock taken twice, none left held, none held
 * when a hook that forbids it is called. A panic that a test expects
 * releases what the CPU held (see test.h).
 */
#ifndef XMEM_PORT_HEADER_H
#define XMEM_PORT_HEADER_H

#include <stdbool.h>

XMEM_BEGIN_DECLS

/* A variable of each CPU. (Local: otherwise gcc 12 tests the address with
 * flags that the linker's relaxation of the access no longer sets, and UBSan
 * reports a NULL that is none.) */
#define XMEM_HOST_PER_CPU \
	__thread __attribute__((tls_model("local-exec")))

/* The CPU number of this thread; see xmem_host_cpu_enter(). */
extern XMEM_HOST_PER_CPU unsigned int xmem_host_this_cpu;
#define xmem_port_cpu() xmem_host_this_cpu

#ifndef NR_CPUS
#define NR_CPUS 64
#endif
/* Room for 64 TiB in 1000 pieces. */
#ifndef XMEM_CONFIG_BOOT_REGIONS
#define XMEM_CONFIG_BOOT_REGIONS 2048
#endif
#ifndef MAX_NUMNODES
#define MAX_NUMNODES 4
#endif

/* NUMA: what the machine's configuration says. */
unsigned int xmem_host_mfn_to_node(unsigned long mfn);
#define xmem_port_mfn_to_node(mfn) xmem_host_mfn_to_node(mfn)
unsigned int xmem_host_cpu_to_node(unsigned int cpu);
#define xmem_port_cpu_to_node(cpu) xmem_host_cpu_to_node(cpu)

/* The layout is chosen when the machine boots. */
extern unsigned int xmem_host_layout;
#define XMEM_LAYOUT xmem_host_layout

/* Random bits, which are what the test says. */
extern unsigned long long xmem_host_entropy;
#define xmem_port_entropy() xmem_host_entropy

/* Tests of one engine also run on other CPUs: see tests/cross. */
#if defined(__x86_64__) || defined(__i386__)
#define xmem_port_cpu_pause() __builtin_ia32_pause()
#else
#define xmem_port_cpu_pause() __asm__ volatile("" ::: "memory")
#endif

/* Every CPU, which is a thread, executes a barrier. Not where a test says that
 * interrupts are off. */
extern XMEM_HOST_PER_CPU bool xmem_host_interrupts_off;
bool xmem_host_may_broadcast(void);
void xmem_host_broadcast_barrier(void);
#define xmem_port_may_broadcast()     xmem_host_may_broadcast()
#define xmem_port_broadcast_barrier() xmem_host_broadcast_barrier()

/*
 * XMEM_HOST_PLAIN is the machine without its checks, for counting
 * instructions: the default lock, no look at the frames that come and go.
 */
#ifndef XMEM_HOST_PLAIN

/* Threads are never moved, but who says that they may not be is counted. */
#define XMEM_PORT_PREEMPT
typedef unsigned int xmem_preempt_t;
extern XMEM_HOST_PER_CPU unsigned int xmem_host_preempt_offs;
#define xmem_port_preempt_off(state) ((state) = xmem_host_preempt_offs++)
#define xmem_port_preempt_on(state)  xmem_host_preempt_on(state)
void xmem_host_preempt_on(xmem_preempt_t state);

/* Frames that are allocated and freed, told without a lock and with preemption
 * off: the machine looks for stale translations. */
void xmem_host_check_told(void);
void xmem_host_frames_taken(unsigned long mfn, unsigned int order);
void xmem_host_frames_given(unsigned long mfn, unsigned int order);
#define xmem_port_frames_taken(mfn, order) \
	(xmem_host_check_told(), xmem_host_frames_taken(mfn, order))
#define xmem_port_frames_given(mfn, order) \
	(xmem_host_check_told(), xmem_host_frames_given(mfn, order))

/* Page allocations that fail because the test says so. */
bool xmem_host_alloc_fails(void);
#define xmem_port_alloc_fails() xmem_host_alloc_fails()

/* The lock. */
#define XMEM_PORT_LOCK
typedef struct {
	unsigned int held;
} xmem_lock_t;
#define XMEM_LOCK_INIT { 0 }

#define XMEM_HOST_MAX_HELD 8
struct xmem_host_held {
	unsigned int nr;
	xmem_lock_t *lock[XMEM_HOST_MAX_HELD];
};
extern XMEM_HOST_PER_CPU struct xmem_host_held xmem_host_held;

__attribute__((__noreturn__)) void xmem_host_lock_error(const char *what,
							const void *lock);

static inline void xmem_port_lock(xmem_lock_t *lock)
{
	struct xmem_host_held *held = &xmem_host_held;

	for (unsigned int i = 0; i < held->nr; i++) {
		if (held->lock[i] == lock) {
			xmem_host_lock_error("lock taken twice", lock);
		}
	}
	if (held->nr == XMEM_HOST_MAX_HELD) {
		xmem_host_lock_error("too many locks held", lock);
	}
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
			xmem_port_cpu_pause();
		}
	}
	held->lock[held->nr++] = lock;
}

static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	struct xmem_host_held *held = &xmem_host_held;

	if (held->nr == 0 || held->lock[held->nr - 1] != lock) {
		xmem_host_lock_error("unlock out of order", lock);
	}
	held->nr--;
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

#endif /* XMEM_HOST_PLAIN */

XMEM_END_DECLS

#endif /* XMEM_PORT_HEADER_H */
