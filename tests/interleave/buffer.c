/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buffer.c - stores that other CPUs see later (TSO)
 *
 * Each CPU has a queue of its stores. While a CPU runs, the memory is what it
 * sees: what all see, with its own stores on top. When another one goes on, its
 * stores are taken back, the youngest first, and their values kept here. So a
 * store is known by its address when it is about to be done, and by its value
 * only when it is taken back.
 *
 * When a store becomes visible matters only to who reaches the same word. So
 * that is chosen just then: it is visible, and with it all that its CPU has
 * stored before, or it is not yet (il_see() in tasks.c). Besides, all stores of
 * a CPU become visible when it executes a barrier or an atomic exchange, or
 * takes a lock; and all of all CPUs by a broadcast barrier. They do so in their
 * order, as on x86. Other machines may also delay loads; that is not tried.
 */
#include "interleave_priv.h"

#define NR_STORES 4096U

struct store {
	void *addr;
	unsigned int size;
	unsigned int task;
	uint64_t value; /* while it is not in memory */
	uint64_t under; /* what others see, while it is */
	uint64_t event; /* hash, if the word races */
	struct il_word *word;
};

struct buffer {
	unsigned int first, end; /* what waits: [first, end) of store[] */
	uint64_t hash;		 /* of what has become visible, and when */
	struct store *store;
};

IL_KEPT static struct buffer buffers[IL_CPUS];
IL_KEPT static unsigned int view; /* whose stores are in memory */

PLAIN void il_buffers_clear(void)
{
	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		struct buffer *b = &buffers[cpu];

		if (b->store == NULL) {
			b->store = malloc(NR_STORES * sizeof(*b->store));
		}
		b->first = b->end = 0;
		b->hash = cpu + 1;
	}
	view = IL_CPUS;
}

PLAIN uint64_t il_buffers_hash(void)
{
	uint64_t sum = 0;

	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		sum += il_mix(cpu, buffers[cpu].hash);
	}
	return sum;
}

/* The memory is what all see. */
static PLAIN void view_all(void)
{
	const struct buffer *b;

	if (view == IL_CPUS) {
		return;
	}
	b = &buffers[view];
	for (unsigned int i = b->end; i-- > b->first;) {
		struct store *s = &b->store[i];

		memcpy(&s->value, s->addr, s->size);
		memcpy(s->addr, &s->under, s->size);
	}
	view = IL_CPUS;
}

PLAIN void il_view_of(unsigned int cpu)
{
	const struct buffer *b = &buffers[cpu];

	if (view == cpu) {
		return;
	}
	view_all();
	for (unsigned int i = b->first; i < b->end; i++) {
		struct store *s = &b->store[i];

		memcpy(&s->under, s->addr, s->size);
		memcpy(s->addr, &s->value, s->size);
	}
	view = cpu;
}

/* The oldest store of @cpu is what all see; in memory it is already. */
static PLAIN void forget_oldest(struct buffer *b)
{
	const struct store *s = &b->store[b->first];

	if (s->word->races) {
		il_event(s->word, &b->hash, s->event, true);
	}
	il_have_written(s->task);
	b->first++;
	if (b->first == b->end) {
		b->first = b->end = 0;
	}
}

static PLAIN void pop(struct buffer *b)
{
	const struct store *s = &b->store[b->first];

	memcpy(s->addr, &s->value, s->size);
	forget_oldest(b);
}

static PLAIN bool is_empty(const struct buffer *b)
{
	return b->first == b->end;
}

/* ---- becoming visible ---- */

/* All of the CPU that has the view. */
PLAIN void il_buffer_drain(unsigned int cpu)
{
	while (!is_empty(&buffers[cpu])) {
		forget_oldest(&buffers[cpu]);
	}
}

PLAIN void il_buffers_drain_all(void)
{
	unsigned int mine = view;

	view_all();
	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		while (!is_empty(&buffers[cpu])) {
			pop(&buffers[cpu]);
		}
	}
	if (mine != IL_CPUS) {
		il_view_of(mine);
	}
}

PLAIN bool il_buffer_has(unsigned int cpu, const struct il_word *w)
{
	const struct buffer *b = &buffers[cpu];

	for (unsigned int i = b->first; i < b->end; i++) {
		if (w == NULL || b->store[i].word == w) {
			return true;
		}
	}
	return false;
}

PLAIN void il_buffer_show(unsigned int cpu, const struct il_word *w)
{
	struct buffer *b = &buffers[cpu];
	unsigned int mine = view;
	bool done = false;

	view_all();
	while (!done) {
		done = w == NULL || b->store[b->first].word == w;
		pop(b);
	}
	if (mine != IL_CPUS) {
		il_view_of(mine);
	}
}

/* ---- storing, and looking ---- */

PLAIN void il_buffer_store(void *addr, unsigned int size, struct il_word *w)
{
	struct il_task *t = il_this();
	struct buffer *b = &buffers[t->cpu];
	struct store *s;

	if (b->end == NR_STORES) {
		il_buffer_drain(t->cpu);
	}
	if (w->races) {
		t->hash = il_mix(il_mix(t->hash, 'S'), w->key);
	}
	s = &b->store[b->end++];
	*s = (struct store){.addr = addr,
			    .size = size,
			    .word = w,
			    .event = t->hash,
			    .task = il.current};
	memcpy(&s->under, addr, size);
}

PLAIN uint64_t il_buffer_event(unsigned int cpu, const struct il_word *w)
{
	const struct buffer *b = &buffers[cpu];

	for (unsigned int i = b->end; i-- > b->first;) {
		if (b->store[i].word == w) {
			return b->store[i].event;
		}
	}
	return 0;
}

PLAIN unsigned int il_buffer_seen_by_all(const unsigned int *lock,
					 const struct il_word *w)
{
	const struct buffer *b = &buffers[view != IL_CPUS ? view : 0];

	for (unsigned int i = b->first; view != IL_CPUS && i < b->end; i++) {
		if (b->store[i].word == w) {
			return (unsigned int)b->store[i].under;
		}
	}
	return *lock;
}
