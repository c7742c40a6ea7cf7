/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - pages and objects in a kernel that preempts: three threads on two
 * CPUs
 *
 * A thread has a CPU only while it holds preemption off; in between it gets
 * another one. Each CPU has one window, a page that others must not touch. So
 * if the library uses a window without having the CPU, the kernel finds it; and
 * if two threads use one, frames are not what they should be.
 *
 * include: tests/embed/preemptive tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/[a-z]*.c
 * link: src/malloc/xmalloc*.c src/tlsf/ src/pool/
 * flags: -O0
 */
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>
#include <xmem/xmalloc.h>

#include <pthread.h>
#include <sched.h>

#include <tap.h>

#define NR_THREADS 3
#define NR_ROUNDS  3000

unsigned char *my_ram;
struct page_info *my_frametable;
static unsigned long errors, nr_moves, nr_windows;

/* ---- CPUs ---- */

static unsigned char is_taken[NR_CPUS];
static __thread unsigned int cpu, depth;
static xmem_lock_t watched;

static void fail_if(bool wrong)
{
	__atomic_fetch_add(&errors, wrong, __ATOMIC_RELAXED);
}

static void move(void)
{
	if (depth == 0) {
		cpu = (cpu + 1) % NR_CPUS;
		__atomic_fetch_add(&nr_moves, 1, __ATOMIC_RELAXED);
	}
}

unsigned int my_cpu(void)
{
	move();
	return cpu;
}

unsigned int my_preempt_off(void)
{
	move();
	fail_if(depth != 0); /* The library does not nest it. */
	while (depth == 0 &&
	       __atomic_exchange_n(&is_taken[cpu], 1, __ATOMIC_ACQUIRE)) {
		sched_yield();
		move();
	}
	depth++;
	return cpu;
}

void my_preempt_on(unsigned int state)
{
	fail_if(depth != 1 || state != cpu);
	fail_if(__atomic_load_n(&watched.held, __ATOMIC_RELAXED) != 0);
	if (depth > 0 && --depth == 0) {
		__atomic_store_n(&is_taken[cpu], 0, __ATOMIC_RELEASE);
	}
	move();
}

void my_yield(void)
{
	fail_if(depth != 0);
	sched_yield();
	move();
}

void my_frames_move(unsigned long mfn)
{
	(void)mfn;
	fail_if(depth != 1);
}

/* ---- windows ---- */

static struct {
	unsigned char page[MAX_PAGE_SIZE];
	unsigned long mfn; /* 0: none */
} window[NR_CPUS];

void *my_window_open(unsigned long mfn)
{
	fail_if(depth != 1 || window[cpu].mfn != 0);
	window[cpu].mfn = mfn;
	memset(window[cpu].page, 0xff, PAGE_SIZE);
	return window[cpu].page;
}

void my_window_close(const void *va)
{
	fail_if(depth != 1 || va != window[cpu].page || window[cpu].mfn == 0);
	memcpy(mfn_to_virt(window[cpu].mfn), window[cpu].page, PAGE_SIZE);
	window[cpu].mfn = 0;
	__atomic_fetch_add(&nr_windows, 1, __ATOMIC_RELAXED);
}

/* ---- threads ---- */

/* Frames come zeroed; then they are this thread's alone. */
static void use_frames(unsigned int order, unsigned char id)
{
	unsigned long bytes = PAGE_SIZE << order;
	struct page_info *pg = alloc_domheap_pages(NULL, order, 0);
	unsigned char *p;

	if (pg == NULL) {
		return;
	}
	p = page_to_virt(pg);
	fail_if(p[0] != 0 || memcmp(p, p + 1, bytes - 1) != 0);
	memset(p, id, bytes);
	move();
	fail_if(p[0] != id || memcmp(p, p + 1, bytes - 1) != 0);
	free_domheap_pages(pg, order);
}

static void use_object(unsigned long size, unsigned char id)
{
	unsigned char *p = _xmalloc(size, 0);

	if (p != NULL) {
		memset(p, id, size);
		move();
		fail_if(p[0] != id || memcmp(p, p + 1, size - 1) != 0);
	}
	xfree(p);
}

static void *thread(void *arg)
{
	unsigned char id = *(unsigned char *)arg;

	for (unsigned int i = 0; i < NR_ROUNDS; i++) {
		use_frames((i + id) % 3, id);
		use_object(2 + i % 3000, id);
		fail_if(depth != 0);
	}
	return NULL;
}

int main(void)
{
	static unsigned char ids[NR_THREADS];
	pthread_t threads[NR_THREADS];

	my_ram = aligned_alloc(MY_FRAMES * PAGE_SIZE, MY_FRAMES * PAGE_SIZE);
	my_frametable = calloc(MY_FRAMES, sizeof(*my_frametable));
	init_domheap_pages(PAGE_SIZE, (paddr_t)MY_FRAMES << PAGE_SHIFT);
	xmem_port_lock(&watched);
	tap(depth == 1 && watched.held, "who holds a lock keeps the CPU");
	xmem_port_unlock(&watched);
	tap(errors == 0, "and drops the lock before the CPU");
	for (unsigned char i = 0; i < NR_THREADS; i++) {
		ids[i] = i + 1;
		pthread_create(&threads[i], NULL, thread, &ids[i]);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	tap(errors == 0, "windows and locks are used on one CPU at a time");
	tap(nr_windows >= NR_ROUNDS && nr_moves > nr_windows,
	    "threads have moved between all of that");
	tap(xmem_heap_check() == NULL && xmem_xmalloc_check() == NULL,
	    "heap and pool are sound");
	free(my_frametable);
	free(my_ram);
	return tap_end();
}
