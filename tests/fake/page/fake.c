/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake.c - the fake machine of fake.h
 */
#include "fake.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap/cache_priv.h"

struct fake fake;
unsigned char fake_stain[FAKE_FRAMES];
unsigned char fake_free[FAKE_FRAMES];
unsigned char *fake_memory;
struct page_info *fake_frametable;
unsigned long fake_mapped_end;
unsigned long fake_hole, fake_hole_end;
unsigned int xmem_host_layout;

/* Metadata of fake_add(). */
#define MAX_METAS 2048
static void *metas[MAX_METAS];
static unsigned int nr_metas;

/* Address space for @bytes, at a multiple of @align. */
static void *reserve(size_t bytes, size_t align)
{
	char *p = mmap(NULL, bytes + align, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("fake machine: mmap");
		exit(1);
	}
	return p + (align - (uintptr_t)p % align) % align;
}

static void power_on(void)
{
	size_t memory = (size_t)FAKE_FRAMES << PAGE_SHIFT;
	size_t table = FAKE_FRAMES * sizeof(struct page_info);

	if (fake_memory == NULL) {
		fake_memory = reserve(memory, PAGE_SIZE << 18);
		fake_frametable = reserve(table, PAGE_SIZE);
	}
	mprotect(fake_frametable, table, PROT_READ | PROT_WRITE);
	madvise(fake_memory, memory, MADV_DONTNEED);
	madvise(fake_frametable, table, MADV_DONTNEED);
}

/* No CPU has a cache, whatever has become of those of the last test. */
static void take_caches(void)
{
	for (struct xmem_cache *c = xmem_caches; c != NULL; c = c->next) {
		memset(&c->head, 0, sizeof(c->head));
		memset(c->kind, 0, sizeof(c->kind));
		if (c->is_up && xmem_cpu_down(c->cpu) != 0) {
			abort();
		}
	}
	xmem_caches = NULL;
	xmem_host_this_cpu = 0;
	xmem_host_interrupts_off = false;
}

void fake_reset(void)
{
	take_caches();
	power_on();
	while (nr_metas > 0) {
		free(metas[--nr_metas]);
	}
	memset(xmem_heap_nodes, 0, sizeof(xmem_heap_nodes));
	memset(fake_free, 0, sizeof(fake_free));
	memset(fake_stain, 1, sizeof(fake_stain));
	fake = (struct fake){.node_frames = ~0UL, .track = true};
	xmem_host_layout = XMEM_LAYOUT_FULL;
	xenheap_max_mfn(~0UL - 1);
	fake_mapped_end = FAKE_FRAMES;
	fake_hole = fake_hole_end = 0;
}

int fake_setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

void fake_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	void *meta = malloc(xmem_heap_span_bytes(smfn, emfn));

	assert_true(nr_metas < MAX_METAS && meta != NULL);
	metas[nr_metas++] = meta;
	/* Whatever was in the memory must not matter. */
	memset(meta, 0xa5, xmem_heap_span_bytes(smfn, emfn));
	assert_int_equal(xmem_heap_add_span(smfn, emfn, fake_mfn_to_node(smfn),
					    xen, meta),
			 0);
}

void fake_add(unsigned long smfn, unsigned long emfn, bool xen)
{
	fake_span(smfn, emfn, xen);
	if (xen) {
		init_xenheap_pages(PA(smfn), PA(emfn));
	} else {
		init_domheap_pages(PA(smfn), PA(emfn));
	}
}

void fake_make_hole(unsigned long smfn, unsigned long emfn)
{
	uintptr_t from = (uintptr_t)&fake_frametable[smfn] + PAGE_SIZE - 1;
	uintptr_t to = (uintptr_t)&fake_frametable[emfn];

	fake_hole = smfn;
	fake_hole_end = emfn;
	from -= from % PAGE_SIZE;
	to -= to % PAGE_SIZE;
	if (from < to) {
		mprotect((void *)from, to - from, PROT_NONE);
	}
}

void fake_fail(unsigned long nth, bool after)
{
	fake.nr_calls = 0;
	fake.fail_nth = nth;
	fake.fail_after = after;
}

void fake_check(void)
{
	unsigned long nr = 0;

	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
	for (unsigned long i = 0; fake.track && i < FAKE_FRAMES; i++) {
		nr += fake_free[i];
	}
	if (fake.track) {
		assert_int_equal(nr, total_free_pages());
	}
}

/* ---- the port ---- */

static void hook_error(void)
{
	__atomic_fetch_add(&fake.hook_errors, 1, __ATOMIC_RELAXED);
}

unsigned int fake_mfn_to_node(unsigned long mfn)
{
	unsigned long node = mfn / fake.node_frames;

	__atomic_fetch_add(&fake.nr_node_calls, 1, __ATOMIC_RELAXED);
	if (fake.nodes_unknown) {
		hook_error();
		return 0;
	}
	if (fake.node_turns != 0) {
		return (unsigned int)(node % fake.node_turns);
	}
	return node < MAX_NUMNODES ? (unsigned int)node : MAX_NUMNODES - 1;
}

/* The border, if nodes change more often than the default expects. */
unsigned long fake_node_end(unsigned long mfn)
{
	unsigned long most = (128UL << 20) >> PAGE_SHIFT;
	unsigned long end = mfn + most;

	return fake.node_frames < most
		       ? mfn - mfn % fake.node_frames + fake.node_frames
		       : end;
}

unsigned int fake_cpu_to_node(unsigned int cpu)
{
	(void)cpu;
	return fake.cpu_node;
}

void fake_lock_init(xmem_lock_t *lock)
{
	void (*now)(void) = fake.on_lock_init;

	*lock = (xmem_lock_t)XMEM_LOCK_INIT;
	fake.on_lock_init = NULL;
	if (now != NULL) {
		now();
	}
}

/* The order of the nodes: a test's, or by number. Asked with no lock. */
unsigned int fake_next_node(unsigned int first, unsigned int node)
{
	if (xmem_host_held.nr != 0) {
		hook_error();
	}
	return fake.next_node != NULL ? fake.next_node(first, node)
				      : (node + 1) % MAX_NUMNODES;
}

/* The frames change sides: they were all @from. */
static void move_frames(unsigned long mfn, unsigned int order,
			unsigned char from)
{
	unsigned long nr = 1UL << order;

	if (!fake.track) {
		return;
	}
	if (mfn + nr > FAKE_FRAMES || mfn % nr != 0) {
		hook_error();
		return;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (fake_free[mfn + i] != from) {
			hook_error();
		}
		fake_free[mfn + i] = !from;
	}
}

void fake_taken(unsigned long mfn, unsigned int order)
{
	move_frames(mfn, order, 1);
	__atomic_fetch_add(&fake.nr_taken, 1UL << order, __ATOMIC_RELAXED);
}

void fake_given(unsigned long mfn, unsigned int order)
{
	move_frames(mfn, order, 0);
	__atomic_fetch_add(&fake.nr_given, 1UL << order, __ATOMIC_RELAXED);
	if (order > __atomic_load_n(&fake.largest_given, __ATOMIC_RELAXED)) {
		__atomic_store_n(&fake.largest_given, order, __ATOMIC_RELAXED);
	}
}

bool fake_alloc_fails(void)
{
	unsigned long call =
		__atomic_add_fetch(&fake.nr_calls, 1, __ATOMIC_RELAXED);

	if (xmem_host_held.nr != 0) {
		hook_error();
	}
	if (fake.on_alloc != NULL) {
		void (*now)(void) = fake.on_alloc;

		fake.on_alloc = NULL;
		now();
	}
	return fake.fail_nth != 0 &&
	       (call == fake.fail_nth ||
		(fake.fail_after && call > fake.fail_nth));
}

/* What is flushed has been scrubbed before, if it is to be, and is not free
 * any more; no lock is held. */
void fake_flush_to_ram(unsigned long mfn, unsigned long nr, bool icache)
{
	bool wrong = xmem_host_held.nr != 0 || (fake.track && fake_free[mfn]);

	__atomic_fetch_add(&fake.hook_errors, wrong, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fake.nr_flushed, nr, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fake.nr_icache, icache, __ATOMIC_RELAXED);
	__atomic_store_n(&fake.flushed_stain, fake_stain[mfn],
			 __ATOMIC_RELAXED);
}

void fake_relax(void)
{
	if (xmem_host_held.nr != 0) {
		hook_error();
	}
	__atomic_fetch_add(&fake.nr_relaxed, 1, __ATOMIC_RELAXED);
	if (fake.on_relax != NULL) {
		void (*now)(void) = fake.on_relax;

		fake.on_relax = NULL;
		now();
	}
}

/* ---- windows on frames, one at a time on each CPU ---- */

static __thread unsigned char window[MAX_PAGE_SIZE];
static __thread unsigned long window_mfn;

void *map_domain_page(mfn_t mfn)
{
	if (window_mfn != 0 || xmem_host_held.nr != 0) {
		hook_error();
	}
	window_mfn = mfn_x(mfn);
	memset(window, 0x5a, PAGE_SIZE);
	return window;
}

/* The frame is clean if all of the window is. */
void unmap_domain_page(const void *va)
{
	bool clean = va == window;

	for (size_t i = 0; i < PAGE_SIZE; i++) {
		clean = clean && window[i] == 0;
	}
	if (clean && window_mfn < FAKE_FRAMES) {
		fake_stain[window_mfn] = 0;
		__atomic_fetch_add(&fake.nr_scrubbed, 1, __ATOMIC_RELAXED);
	} else {
		hook_error();
	}
	window_mfn = 0;
}

/* ---- children ---- */

void fake_run_in_child(void (*body)(void))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* An assertion ends the child at once: the tests that follow
		 * are the parent's. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		body();
		fflush(NULL);
		test_end_child(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fail_msg("the child failed (status %x)", (unsigned)status);
	}
}
