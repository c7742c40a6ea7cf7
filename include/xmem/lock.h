/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.h - which lock guards what, for clang's -Wthread-safety to check
 *
 * A lock has the letter of its kind: (D) owner, (H) heap node, (P) pool,
 * (V) vmap window, (T) page tables (docs/locking.md). (N) is no lock but the
 * time in which preemption is off for a window on a frame; (C) is the time in
 * which a CPU is in its cache of frames, and may take (H). In C, clang lets no
 * field name another field of its struct as its lock. But as no two locks
 * are ever held together, the letter is enough: it stands for whichever lock
 * of its kind is held. Each letter is a variable that is declared, never
 * defined, and costs nothing.
 *
 * The lock of an object is taken and dropped by two functions beside its
 * struct, which say so with XMEM_LOCKS_OF and XMEM_UNLOCKS_OF. They call what
 * the port supplies, which therefore needs no attributes. For gcc, which has no
 * such check, all this is empty.
 */
#ifndef XMEM_LOCK_H
#define XMEM_LOCK_H

#ifdef __clang__

#define XMEM_LOCKABLE __attribute__((__capability__("lock")))

struct XMEM_LOCKABLE xmem_lock_letter {
	char none;
};

extern struct xmem_lock_letter xmem_lock_D, xmem_lock_H, xmem_lock_P,
	xmem_lock_V, xmem_lock_T, xmem_lock_N, xmem_lock_C;
/* Held together with any of them. */
extern struct xmem_lock_letter xmem_lock_any;

#define XMEM_GUARDED_BY(letter) \
	__attribute__((__guarded_by__(xmem_lock_##letter)))
#define XMEM_REQUIRES(letter) \
	__attribute__((       \
		__requires_capability__(xmem_lock_##letter, xmem_lock_any)))
#define XMEM_ACQUIRES(letter) \
	__attribute__((       \
		__acquire_capability__(xmem_lock_##letter, xmem_lock_any)))
#define XMEM_RELEASES(letter) \
	__attribute__((       \
		__release_capability__(xmem_lock_##letter, xmem_lock_any)))
#define XMEM_ACQUIRES_IF_TRUE(letter)                                    \
	__attribute__((__try_acquire_capability__(1, xmem_lock_##letter, \
						  xmem_lock_any)))
#define XMEM_IN_CACHE __attribute__((__requires_capability__(xmem_lock_C)))
#define XMEM_ENTERS_CACHE_IF_TRUE \
	__attribute__((__try_acquire_capability__(1, xmem_lock_C)))
#define XMEM_LEAVES_CACHE __attribute__((__release_capability__(xmem_lock_C)))
#define XMEM_ACQUIRES_OBJECT(object) \
	__attribute__((__acquire_capability__(object)))
#define XMEM_RELEASES_OBJECT(object) \
	__attribute__((__release_capability__(object)))
#define XMEM_UNLOCKED  __attribute__((__locks_excluded__(xmem_lock_any)))
#define XMEM_UNCHECKED __attribute__((__no_thread_safety_analysis__))

#else
#define XMEM_LOCKABLE
#define XMEM_GUARDED_BY(letter)
#define XMEM_REQUIRES(letter)
#define XMEM_ACQUIRES(letter)
#define XMEM_RELEASES(letter)
#define XMEM_ACQUIRES_IF_TRUE(letter)
#define XMEM_IN_CACHE
#define XMEM_ENTERS_CACHE_IF_TRUE
#define XMEM_LEAVES_CACHE
#define XMEM_ACQUIRES_OBJECT(object)
#define XMEM_RELEASES_OBJECT(object)
#define XMEM_UNLOCKED
#define XMEM_UNCHECKED
#endif

/*
 * XMEM_LOCKABLE      on a struct: it has a lock
 * XMEM_GUARDED_BY(P) behind a field or variable: (P) is held by whoever reads
 *                    or writes it
 *
 * On a function:
 * XMEM_REQUIRES(P)   its caller holds (P)
 * XMEM_ACQUIRES(P)   its caller holds (P) afterwards, and none before
 * XMEM_RELEASES(P)   its caller holds (P) before, and none afterwards
 * XMEM_ACQUIRES_IF_TRUE(P)
 *                    its caller holds (P) afterwards if it returns true, or no
 *                    NULL; tested with `!`, as clang does not understand
 *                    `== NULL`. Its own body is not checked.
 * XMEM_IN_CACHE      its caller is in a cache, and may hold a lock
 * XMEM_ENTERS_CACHE_IF_TRUE, XMEM_LEAVES_CACHE
 *                    its caller is in one afterwards if it returns no NULL;
 *                    is in none any more
 * XMEM_UNLOCKED      its caller holds no lock
 * XMEM_UNCHECKED     the check leaves its body out; the comment there says why
 *                    that is right
 */

/*
 * On the two functions that take and drop a lock: that of an object, where the
 * object is a parameter of all functions that do either. Then it is found, too,
 * if another object's lock is dropped.
 */
#define XMEM_LOCKS(letter)   XMEM_ACQUIRES(letter) XMEM_UNCHECKED
#define XMEM_UNLOCKS(letter) XMEM_RELEASES(letter) XMEM_UNCHECKED
#define XMEM_LOCKS_OF(letter, object) \
	XMEM_LOCKS(letter) XMEM_ACQUIRES_OBJECT(object)
#define XMEM_UNLOCKS_OF(letter, object) \
	XMEM_UNLOCKS(letter) XMEM_RELEASES_OBJECT(object)
#define XMEM_RELEASES_OF(letter, object) \
	XMEM_RELEASES(letter) XMEM_RELEASES_OBJECT(object)

#endif /* XMEM_LOCK_H */
