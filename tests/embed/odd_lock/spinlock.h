/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spinlock.h - a host's own spinlock, which cannot be written as an initialiser
 *
 * A free lock is not zero, and it holds a pointer to itself. Each operation
 * checks that: so it notices a lock that was never set up, and one that was
 * moved or copied after.
 */
#ifndef SPINLOCK_H
#define SPINLOCK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPINLOCK_FREE = 0x66726565, SPINLOCK_HELD = 0x68656c64 };

struct spinlock {
	struct spinlock *self;
	unsigned int state;
	unsigned int nr_taken;
} __attribute__((aligned(16)));

extern unsigned int spinlock_nr_set_up;

static inline void spinlock_is_sound(const struct spinlock *lock,
				     const char *what)
{
	if ((uintptr_t)lock % _Alignof(struct spinlock) != 0) {
		printf("not ok - %s: the lock at %p is misaligned\n", what,
		       (const void *)lock);
		exit(1);
	}
}

static inline void spinlock_init(struct spinlock *lock)
{
	spinlock_is_sound(lock, "init");
	*lock = (struct spinlock){.self = lock, .state = SPINLOCK_FREE};
	__atomic_fetch_add(&spinlock_nr_set_up, 1, __ATOMIC_RELAXED);
}

static inline void spinlock_check(const struct spinlock *lock, const char *what)
{
	spinlock_is_sound(lock, what);
	if (lock->self != lock) {
		printf("not ok - %s: the lock at %p was not set up there\n",
		       what, (const void *)lock);
		exit(1);
	}
}

static inline void spinlock_take(struct spinlock *lock)
{
	unsigned int state = SPINLOCK_FREE;

	spinlock_check(lock, "take");
	while (!__atomic_compare_exchange_n(&lock->state, &state, SPINLOCK_HELD,
					    0, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		state = SPINLOCK_FREE;
	}
	lock->nr_taken++;
}

static inline void spinlock_drop(struct spinlock *lock)
{
	spinlock_check(lock, "drop");
	if (lock->state != SPINLOCK_HELD) {
		printf("not ok - the lock at %p is not held\n", (void *)lock);
		exit(1);
	}
	__atomic_store_n(&lock->state, SPINLOCK_FREE, __ATOMIC_RELEASE);
}

#endif /* SPINLOCK_H */
