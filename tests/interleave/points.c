/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * points.c - what code calls that is compiled by -fsanitize=thread
 *
 * The compiler puts a call before each access to memory, and in the place of
 * each atomic one. Only memory of the library is looked at: its variables, the
 * heap's metadata, the descriptors. What memset() and memcpy() do is not seen.
 */
#include "interleave_priv.h"

/* gcc knows the functions, with addresses of any type. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

#define NR_WORDS (1UL << 14)

/* gcc's order of memory accesses, as the calls have it. */
#define SEQ_CST 5

IL_KEPT static struct il_word *words;
IL_KEPT unsigned long il_nr_racing;
IL_KEPT unsigned long il_run_nr;

/* ---- words ---- */

PLAIN uint64_t il_mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ (b + 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;

	x = (x ^ (x >> 32)) * 0xc4ceb9fe1a85ec53ULL + a;
	return x ^ (x >> 29);
}

PLAIN void il_forget_words(void)
{
	if (words == NULL) {
		words = malloc(NR_WORDS * sizeof(*words));
	}
	memset(words, 0, NR_WORDS * sizeof(*words));
	il_nr_racing = 0;
}

PLAIN struct il_word *il_word_of(const void *addr)
{
	uintptr_t key = (uintptr_t)addr >> 3;
	size_t at = (key * 0x9e3779b97f4a7c15ULL) >> 50;

	for (size_t i = 0; i < NR_WORDS / 2; i++) {
		struct il_word *w = &words[(at + i) % NR_WORDS];

		if (w->key == 0) {
			w->key = key;
			w->locks = ~(uint64_t)0;
		}
		if (w->key == key) {
			return w;
		}
	}
	il_fail("too many words are watched");
}

PLAIN void il_note_lock(struct il_word *w, bool write)
{
	w->tasks |= 1U << il.current;
	w->written = w->written || write;
	if (!w->races && w->written && w->locks == 0 &&
	    (w->tasks & (w->tasks - 1)) != 0) {
		w->races = true;
		il_nr_racing++;
	}
}

/* This task reaches @w. */
static PLAIN void note(struct il_word *w, bool write)
{
	w->locks &= il_this()->locks;
	il_note_lock(w, write);
}

PLAIN void il_event(struct il_word *w, uint64_t *hash, uint64_t what,
		    bool write)
{
	uint64_t e;

	if (w->run != il_run_nr) {
		w->run = il_run_nr;
		w->write = w->reads = 0;
	}
	e = il_mix(il_mix(*hash, what ^ w->key), w->write);
	if (write) {
		e = il_mix(e, w->reads);
		w->write = e;
		w->reads = 0;
	} else {
		w->reads += e;
	}
	*hash = e;
}

/* ---- accesses ---- */

static inline PLAIN bool is_point(const void *addr, const void *pc)
{
	if (!il.on || !il_is_watched((uintptr_t)addr)) {
		return false;
	}
	il_this()->pc = pc;
	return true;
}

/* A step before an access to [@addr, @addr + @size). Return: does it race? */
static PLAIN bool reach(const void *addr, size_t size, bool write)
{
	uintptr_t last = ((uintptr_t)addr + size - 1) | 7;
	bool races = false;

	for (uintptr_t a = (uintptr_t)addr | 7; a <= last; a += 8) {
		struct il_word *w = il_word_of((void *)a);

		note(w, write);
		races = races || w->races;
	}
	il_step(races);
	for (uintptr_t a = (uintptr_t)addr | 7; il.tso && races && a <= last;
	     a += 8) {
		il_see(il_word_of((void *)a));
	}
	return races;
}

static PLAIN void have_read(struct il_word *w)
{
	struct il_task *t = il_this();
	uint64_t own = il.tso ? il_buffer_event(t->cpu, w) : 0;

	if (own != 0) {
		t->hash = il_mix(t->hash, own);
	} else {
		il_event(w, &t->hash, 'R', false);
	}
}

static PLAIN void on_read(const void *addr, size_t size, const void *pc)
{
	uintptr_t last = ((uintptr_t)addr + size - 1) | 7;

	if (!is_point(addr, pc) || !reach(addr, size, false)) {
		return;
	}
	for (uintptr_t a = (uintptr_t)addr | 7; a <= last; a += 8) {
		have_read(il_word_of((void *)a));
	}
}

/* Up to a multiple of 8 bytes: one store of the CPU. */
static PLAIN void store(uintptr_t addr, size_t size)
{
	struct il_word *w = il_word_of((void *)addr);

	if (il.tso) {
		il_buffer_store((void *)addr, (unsigned int)size, w);
		return;
	}
	if (w->races) {
		il_event(w, &il_this()->hash, 'W', true);
	}
	il_have_written(il.current);
}

static PLAIN void on_write(void *addr, size_t size, const void *pc)
{
	uintptr_t at = (uintptr_t)addr;
	uintptr_t end = at + size;

	if (!is_point(addr, pc)) {
		return;
	}
	reach(addr, size, true);
	while (at < end) {
		uintptr_t next = (at | 7) + 1;

		store(at, (next < end ? next : end) - at);
		at = next;
	}
}

/* A read and a write at once, or a store that all see before this CPU goes
 * on: what is in its buffer becomes visible first. */
static PLAIN void on_exchange(void *addr, size_t size, const void *pc)
{
	bool races;

	if (!is_point(addr, pc)) {
		return;
	}
	races = reach(addr, size, true);
	if (il.tso) {
		il_buffer_drain(il_this()->cpu);
	}
	if (races) {
		il_event(il_word_of(addr), &il_this()->hash, 'X', true);
	}
	il_have_written(il.current);
}

/* ---- what the compiler calls ---- */

#define HERE __builtin_return_address(0)

#define ACCESSES(size)                                      \
	PLAIN void __tsan_read##size(void *addr)            \
	{                                                   \
		on_read(addr, size, HERE);                  \
	}                                                   \
	PLAIN void __tsan_write##size(void *addr)           \
	{                                                   \
		on_write(addr, size, HERE);                 \
	}                                                   \
	PLAIN void __tsan_unaligned_read##size(void *addr)  \
	{                                                   \
		on_read(addr, size, HERE);                  \
	}                                                   \
	PLAIN void __tsan_unaligned_write##size(void *addr) \
	{                                                   \
		on_write(addr, size, HERE);                 \
	}

#define ATOMIC_OP(bits, type, op)                                          \
	PLAIN type __tsan_atomic##bits##_fetch_##op(volatile type *addr,   \
						    type value, int order) \
	{                                                                  \
		(void)order;                                               \
		on_exchange((void *)addr, sizeof(type), HERE);             \
		return __atomic_fetch_##op(addr, value, SEQ_CST);          \
	}

#define ATOMICS(bits, type)                                                  \
	PLAIN type __tsan_atomic##bits##_load(const volatile type *addr,     \
					      int order)                     \
	{                                                                    \
		(void)order;                                                 \
		on_read((const void *)addr, sizeof(type), HERE);             \
		return *addr;                                                \
	}                                                                    \
	PLAIN void __tsan_atomic##bits##_store(volatile type *addr,          \
					       type value, int order)        \
	{                                                                    \
		if (order == SEQ_CST) {                                      \
			on_exchange((void *)addr, sizeof(type), HERE);       \
		} else {                                                     \
			on_write((void *)addr, sizeof(type), HERE);          \
		}                                                            \
		*addr = value;                                               \
	}                                                                    \
	PLAIN type __tsan_atomic##bits##_exchange(volatile type *addr,       \
						  type value, int order)     \
	{                                                                    \
		(void)order;                                                 \
		on_exchange((void *)addr, sizeof(type), HERE);               \
		return __atomic_exchange_n(addr, value, SEQ_CST);            \
	}                                                                    \
	PLAIN int __tsan_atomic##bits##_compare_exchange_strong(             \
		volatile type *addr, type *seen, type value, int order,      \
		int failed)                                                  \
	{                                                                    \
		(void)order;                                                 \
		(void)failed;                                                \
		on_exchange((void *)addr, sizeof(type), HERE);               \
		return __atomic_compare_exchange_n(addr, seen, value, false, \
						   SEQ_CST, SEQ_CST);        \
	}                                                                    \
	PLAIN int __tsan_atomic##bits##_compare_exchange_weak(               \
		volatile type *addr, type *seen, type value, int order,      \
		int failed)                                                  \
	{                                                                    \
		return __tsan_atomic##bits##_compare_exchange_strong(        \
			addr, seen, value, order, failed);                   \
	}                                                                    \
	PLAIN type __tsan_atomic##bits##_compare_exchange_val(               \
		volatile type *addr, type seen, type value, int order,       \
		int failed)                                                  \
	{                                                                    \
		__tsan_atomic##bits##_compare_exchange_strong(               \
			addr, &seen, value, order, failed);                  \
		return seen;                                                 \
	}                                                                    \
	ATOMIC_OP(bits, type, add)                                           \
	ATOMIC_OP(bits, type, sub)                                           \
	ATOMIC_OP(bits, type, and)                                           \
	ATOMIC_OP(bits, type, or)                                            \
	ATOMIC_OP(bits, type, xor)                                           \
	ATOMIC_OP(bits, type, nand)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

PLAIN void __tsan_read_range(void *addr, size_t size)
{
	on_read(addr, size, HERE);
}

PLAIN void __tsan_write_range(void *addr, size_t size)
{
	on_write(addr, size, HERE);
}

PLAIN void __tsan_atomic_thread_fence(int order)
{
	if (il.on && il.tso && order == SEQ_CST) {
		il_buffer_drain(il_this()->cpu);
	}
}

PLAIN void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

PLAIN void __tsan_func_entry(void *caller)
{
	(void)caller;
}

PLAIN void __tsan_func_exit(void)
{
}

PLAIN void __tsan_init(void)
{
}
