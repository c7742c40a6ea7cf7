/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buffer.c - stores that other CPUs see later (TSO)
 *
 * Each CPU has a queue of stores to words that race. While a CPU runs, the
 * memory is what it sees: what all see, with its own stores on top. Before the
 * choice of who goes on its stores are taken back, the youngest first, and
 * their values kept here. So a store is known by its address when it is about
 * to be done, and by its value only when it is taken back.
 *
 * A store becomes visible to all when the scheduler says so; when its CPU
 * executes a barrier, an atomic exchange or takes a lock; when all are told to
 * execute a barrier; when the queue is full, or nobody else can go on. Stores
 * of a CPU become visible in their order, as on x86. Other machines
 * may also delay loads; that is not tried.
 */
#include "interleave_priv.h"

#define NR_STORES 16U

struct store {
	void *addr;
	unsigned int size;
	uint64_t value; /* while it is not in memory */
	uint64_t under; /* what others see, while it is */
	uint64_t event; /* hash */
	unsigned int task;
	struct il_word *word;
};

struct buffer {
	unsigned int nr;
	uint64_t hash; /* of what has become visible, and when */
	struct store store[NR_STORES];
};

IL_KEPT static struct buffer buffers[IL_CPUS];
IL_KEPT static unsigned int view; /* whose stores are in memory */

PLAIN bool il_buffer_is_empty(unsigned int cpu)
{
	return buffers[cpu].nr == 0;
}

PLAIN void il_buffers_clear(void)
{
	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		buffers[cpu].nr = 0;
		buffers[cpu].hash = cpu + 1;
	}
	view = NOBODY;
}

PLAIN uint64_t il_buffers_hash(void)
{
	uint64_t sum = 0;

	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		sum += il_mix(cpu, buffers[cpu].hash);
	}
	return sum;
}

PLAIN void il_view_all(void)
{
	struct buffer *b = &buffers[view != NOBODY ? view : 0];

	for (unsigned int i = view != NOBODY ? b->nr : 0; i-- > 0;) {
		struct store *s = &b->store[i];

		memcpy(&s->value, s->addr, s->size);
		memcpy(s->addr, &s->under, s->size);
	}
	view = NOBODY;
}

PLAIN void il_view_of(unsigned int cpu)
{
	struct buffer *b = &buffers[cpu];

	il_view_all();
	for (unsigned int i = 0; i < b->nr; i++) {
		struct store *s = &b->store[i];

		memcpy(&s->under, s->addr, s->size);
		memcpy(s->addr, &s->value, s->size);
	}
	view = cpu;
}

/* The oldest store of @cpu is what all see. */
static PLAIN void forget_oldest(unsigned int cpu)
{
	struct buffer *b = &buffers[cpu];

	il_event(b->store[0].word, &b->hash, b->store[0].event, true);
	il_have_written(b->store[0].task);
	b->nr--;
	memmove(&b->store[0], &b->store[1], b->nr * sizeof(b->store[0]));
}

PLAIN void il_buffer_pop(unsigned int cpu)
{
	const struct store *s = &buffers[cpu].store[0];

	memcpy(s->addr, &s->value, s->size);
	forget_oldest(cpu);
}

PLAIN void il_buffer_drain(unsigned int cpu)
{
	while (buffers[cpu].nr > 0) {
		forget_oldest(cpu);
	}
}

PLAIN void il_buffer_store(void *addr, unsigned int size, struct il_word *w)
{
	struct il_task *t = il_this();
	struct buffer *b = &buffers[t->cpu];
	struct store *s;

	if (b->nr == NR_STORES) {
		forget_oldest(t->cpu);
	}
	t->hash = il_mix(il_mix(t->hash, 'S'), w->key);
	s = &b->store[b->nr++];
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

	for (unsigned int i = b->nr; i-- > 0;) {
		if (b->store[i].word == w) {
			return b->store[i].event;
		}
	}
	return 0;
}
