/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * full_base.h - what all files of the hypervisor begin with
 *
 * Nothing here is for xmem, and its macros are such as get in the way.
 */
#ifndef FULL_BASE_H
#define FULL_BASE_H

#include "../own_accounting/hyp_base.h"

#define noinline      __attribute__((__noinline__))
#define always_inline inline __attribute__((__always_inline__))
#define cold	      __attribute__((__cold__))
#define packed	      __attribute__((__packed__))
#define pure	      __attribute__((__pure__))
#define unused	      __attribute__((__unused__))
#define weak	      __attribute__((__weak__))
#define __init	      cold noinline
#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)
#define min(a, b)     ((a) < (b) ? (a) : (b))
#define max(a, b)     ((a) > (b) ? (a) : (b))
#define BUG_ON(x)     (unlikely(x) ? panic("BUG: %s\n", #x) : (void)0)

/* The direct map, and the window. */
#define frame_to_va(mfn) (ram + ((unsigned long)(mfn) << PAGE_SHIFT))
#define va_to_frame(va) \
	(((unsigned long)(va) - (unsigned long)ram) >> PAGE_SHIFT)
extern unsigned char *window;
void *window_end(void);

/* A lock knows its name, for the reports of who waited for what. */
typedef struct spinlock {
	const char *name;
	unsigned long nr_takes;
	int taken;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *lock, const char *name)
{
	*lock = (spinlock_t){name, 0, 0};
}

/* One CPU runs: who finds it taken would wait for ever. */
static inline void spin_lock(spinlock_t *lock)
{
	if (lock->name == 0 || lock->taken) {
		panic("spin_lock: %s is taken\n", lock->name);
	}
	lock->taken = 1;
	lock->nr_takes++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	if (!lock->taken) {
		panic("spin_unlock: %s is not taken\n", lock->name);
	}
	lock->taken = 0;
}

__attribute__((__format__(__printf__, 1, 2))) void printk(const char *fmt, ...);

/* Drop what CPUs remember of the @nr pages from @va on. */
void flush_tlb(unsigned long va, unsigned long nr);

#endif /* FULL_BASE_H */
