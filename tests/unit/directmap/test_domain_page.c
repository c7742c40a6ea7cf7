/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_domain_page.c - any frame for a moment: windows of a CPU, a stack
 *
 * pages: 4 KiB
 * link: src/directmap/domain_page.c src/frame/frame_index.c
 * native: its windows are laid out for addresses of 64 bits
 * include: tests/fake/directmap/include arch/common/include
 *
 * Page tables are an array that follows what may happen to a page, in order:
 * mapped, parked, forgotten by the CPU that had it, collected. What comes in
 * another order, or for another page than one window, fails the test.
 */
#include <arch/layout.h>
#include <arch/tlb.h>

#include <xmem/map.h>
#include <xmem/page_info.h>

#include "pt/pt.h"
#include "test.h"

#define FIRST	 16UL /* frames of RAM */
#define END	 4096UL
#define LIMIT	 512UL /* the direct map ends here */
#define HIGH	 600UL /* a frame above it */
#define HOLE	 5000UL
#define LAST_CPU (NR_CPUS - 1U)

extern unsigned int xmem_host_layout;
extern XMEM_HOST_PER_CPU unsigned int xmem_host_this_cpu;
unsigned long fake_directmap_size = 1UL << 43;
unsigned long fake_root = 77;

/* ---- RAM ---- */

struct xmem_frame_index xmem_frames;

bool xmem_directmap_valid(unsigned long mfn)
{
	return xmem_frame_is_ram(&xmem_frames, mfn);
}

bool xmem_directmap_has(unsigned long i)
{
	return xmem_index_is_mapped(&xmem_frames, i);
}

/* ---- page tables ---- */

static enum state {
	EMPTY,
	MAPPED,
	PARKED,
	FORGOTTEN
} state_of[CPU_WINDOWS_SIZE >> PAGE_SHIFT];
static unsigned long mfn_of[CPU_WINDOWS_SIZE >> PAGE_SHIFT];
static bool is_synced; /* the walker of the hardware sees the new entry */
static unsigned long nr_changes;
static void (*interrupt)(void); /* comes before each look and change */

static bool may_be_interrupted;

static void allow_interrupt(void)
{
	if (may_be_interrupted) {
		may_be_interrupted = false;
		interrupt();
		may_be_interrupted = true;
	}
}

/* The page at @va goes from one state to another. Return: its number. */
static unsigned long change(unsigned long va, unsigned long nr, enum state from,
			    enum state to)
{
	unsigned long i = (va - CPU_WINDOWS_VIRT) >> PAGE_SHIFT;
	unsigned int cpu = xmem_host_this_cpu;

	allow_interrupt();
	assert_int_equal(nr, 1);
	assert_int_equal(va % PAGE_SIZE, 0);
	assert_in_range(i, cpu * XMEM_CPU_WINDOWS,
			(cpu + 1) * XMEM_CPU_WINDOWS - 1);
	assert_int_equal(state_of[i], from);
	state_of[i] = to;
	nr_changes++;
	return i;
}

/* A look at the entry of a window of this CPU. */
struct xmem_pt_at xmem_pt_walk(const struct xmem_pt *pt, unsigned long page,
			       unsigned int floor)
{
	unsigned long i = page - (CPU_WINDOWS_VIRT >> PAGE_SHIFT);
	struct xmem_pt_at at = {.pte = xmem_pte_none()};

	allow_interrupt();
	assert_int_equal(pt->root_mfn, fake_root);
	assert_int_equal(floor, 0);
	assert_int_equal(i / XMEM_CPU_WINDOWS, xmem_host_this_cpu);
	if (state_of[i] != EMPTY) {
		at.pte = xmem_pte_leaf(mfn_of[i], PAGE_HYPERVISOR_RW, 0);
	}
	if (state_of[i] == PARKED || state_of[i] == FORGOTTEN) {
		at.pte = xmem_pte_park(at.pte, 0);
	}
	return at;
}

void xmem_pt_commit(const struct xmem_pt *pt, const struct xmem_pt_req *req)
{
	unsigned long i = change(req->va, req->nr, EMPTY, MAPPED);

	assert_int_equal(pt->root_mfn, fake_root);
	assert_int_equal(req->flags, PAGE_HYPERVISOR_RW);
	mfn_of[i] = req->mfn;
	is_synced = false;
}

void fake_sync(void)
{
	is_synced = true;
}

void xmem_pt_park(const struct xmem_pt *pt, unsigned long va, unsigned long nr)
{
	assert_int_equal(pt->root_mfn, fake_root);
	change(va, nr, MAPPED, PARKED);
}

void fake_flush_local(unsigned long va, unsigned long nr)
{
	change(va, nr, PARKED, FORGOTTEN);
}

unsigned long xmem_pt_collect(const struct xmem_pt *pt, unsigned long va,
			      unsigned long nr, struct xmem_pt_runs *runs)
{
	unsigned long i = change(va, nr, FORGOTTEN, EMPTY);

	assert_int_equal(pt->root_mfn, fake_root);
	assert_true(runs->nr < runs->max);
	runs->run[runs->nr++] = (struct xmem_run){mfn_of[i], 1};
	return 1;
}

/* The frame that the window at @va shows. */
static unsigned long seen_at(const void *va)
{
	unsigned long i = ((unsigned long)va - CPU_WINDOWS_VIRT) >> PAGE_SHIFT;

	assert_in_range(i, 0, NR_CPUS * XMEM_CPU_WINDOWS - 1);
	assert_int_equal(state_of[i], MAPPED);
	return mfn_of[i];
}

static unsigned long nr_mapped(void)
{
	unsigned long nr = 0;

	for (size_t i = 0; i < sizeof(state_of) / sizeof(state_of[0]); i++) {
		nr += state_of[i] != EMPTY;
	}
	return nr;
}

static void *map(unsigned long mfn)
{
	void *va = map_domain_page(_mfn(mfn));

	assert_int_equal(seen_at(va), mfn);
	assert_true(is_synced);
	return va;
}

/* Windows of this CPU up to its limit. */
static void fill(void **va)
{
	for (unsigned long i = 0; i < XMEM_CPU_WINDOWS; i++) {
		va[i] = map(HIGH + i * 3);
	}
}

static void drain(void **va)
{
	for (unsigned long i = XMEM_CPU_WINDOWS; i-- > 0;) {
		unmap_domain_page(va[i]);
	}
}

static void *index_memory;

static int set_up(void **unused)
{
	static const struct xmem_frame_range ram = {FIRST, END};

	(void)unused;
	index_memory = malloc(xmem_frame_index_bytes(&ram, 1));
	xmem_frame_index_init(&xmem_frames, &ram, 1, index_memory);
	xmem_frame_index_limit(&xmem_frames, index_memory, LIMIT);
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xmem_host_this_cpu = 0;
	nr_changes = 0;
	return 0;
}

/* Each test closes what it opens. */
static int tear_down(void **unused)
{
	(void)unused;
	free(index_memory);
	return nr_mapped() != 0;
}

/* ---- tests ---- */

static void frames_in_the_direct_map_take_no_window(void **unused)
{
	const void *low = map_domain_page(_mfn(FIRST));
	const void *top = map_domain_page(_mfn(LIMIT - 1));

	(void)unused;
	assert_ptr_equal(low, xmem_arch_mfn_to_virt(FIRST));
	assert_ptr_equal(top, xmem_arch_mfn_to_virt(LIMIT - 1));
	unmap_domain_page(low);
	unmap_domain_page(top);
	xmem_host_layout = XMEM_LAYOUT_FULL;
	xmem_frame_index_limit(&xmem_frames, index_memory, END);
	for (unsigned long mfn = FIRST; mfn < END; mfn += 99) {
		const void *va = map_domain_page(_mfn(mfn));

		assert_ptr_equal(va, xmem_arch_mfn_to_virt(mfn));
		unmap_domain_page(va);
	}
	assert_int_equal(nr_changes, 0);
}

static void the_first_frame_that_is_not_has_one(void **unused)
{
	unsigned char *va = map(LIMIT);

	(void)unused;
	assert_int_equal(nr_mapped(), 1);
	unmap_domain_page(va);
	assert_int_equal(nr_mapped(), 0);
	va = map(END - 1);
	unmap_domain_page(va + PAGE_SIZE - 1); /* any address in the page */
}

static void windows_are_a_stack(void **unused)
{
	void *va[XMEM_CPU_WINDOWS];

	(void)unused;
	fill(va);
	for (unsigned long i = 0; i < XMEM_CPU_WINDOWS; i++) {
		assert_int_equal(seen_at(va[i]), HIGH + i * 3);
	}
	drain(va);
	va[0] = map(HIGH);
	va[1] = map(HIGH); /* the same frame again: another window */
	assert_ptr_not_equal(va[0], va[1]);
	unmap_domain_page(map_domain_page(_mfn(FIRST)));
	unmap_domain_page(va[1]);
	assert_int_equal(seen_at(va[0]), HIGH);
	assert_ptr_equal(map(HIGH + 1), va[1]);
	unmap_domain_page(va[1]);
	unmap_domain_page(va[0]);
}

static void one_too_many_is_told(void **unused)
{
	void *va[XMEM_CPU_WINDOWS];

	(void)unused;
	fill(va);
	EXPECT_PANIC(map_domain_page(_mfn(HIGH)),
		     "map_domain_page: CPU 0 has 16 pages mapped, no more "
		     "slots, caller 0x");
	assert_int_equal(nr_mapped(), XMEM_CPU_WINDOWS);
	drain(va);
}

static void the_newest_goes_first(void **unused)
{
	unsigned char *old = map(HIGH);
	unsigned char *new = map(HIGH + 1);
	char text[100];

	(void)unused;
	snprintf(text, sizeof(text),
		 "unmap_domain_page: %p is not the newest slot of CPU 0, "
		 "caller 0x",
		 (void *)old);
	EXPECT_PANIC(unmap_domain_page(old), text);
	EXPECT_PANIC(unmap_domain_page(new + PAGE_SIZE), "is not the newest");
	assert_int_equal(seen_at(old), HIGH);
	assert_int_equal(seen_at(new), HIGH + 1);
	unmap_domain_page(new);
	EXPECT_PANIC(unmap_domain_page(new), "is not the newest"); /* twice */
	unmap_domain_page(old);
	EXPECT_PANIC(unmap_domain_page(old), "is not the newest");
	EXPECT_PANIC(unmap_domain_page(NULL), "is not the newest");
}

static void a_frame_that_is_not_ram_is_told(void **unused)
{
	(void)unused;
	EXPECT_PANIC(map_domain_page(_mfn(HOLE)),
		     "map_domain_page: frame 1388 is not RAM, caller 0x");
	EXPECT_PANIC(map_domain_page(INVALID_MFN), "is not RAM, caller 0x");
	EXPECT_PANIC(map_domain_page(_mfn(FIRST - 1)), "frame f is not RAM");
	assert_int_equal(nr_changes, 0);
}

static void each_cpu_has_its_own(void **unused)
{
	void *first[XMEM_CPU_WINDOWS];
	void *last[XMEM_CPU_WINDOWS];

	(void)unused;
	fill(first);
	xmem_host_this_cpu = LAST_CPU;
	EXPECT_PANIC(unmap_domain_page(first[XMEM_CPU_WINDOWS - 1]),
		     "is not the newest slot of CPU 63");
	fill(last);
	assert_int_equal(nr_mapped(), 2 * XMEM_CPU_WINDOWS);
	EXPECT_PANIC(map_domain_page(_mfn(HIGH)), "CPU 63 has 16 pages mapped");
	xmem_host_this_cpu = 0;
	drain(first);
	unmap_domain_page(map(HIGH));
	xmem_host_this_cpu = LAST_CPU;
	assert_int_equal(nr_mapped(), XMEM_CPU_WINDOWS);
	drain(last);
}

static void look_at_two_frames(void)
{
	const void *a = map(HIGH + 100);
	const void *b = map(HIGH + 101);

	assert_int_equal(seen_at(a), HIGH + 100);
	unmap_domain_page(b);
	unmap_domain_page(a);
}

static void an_interrupt_may_do_the_same(void **unused)
{
	const void *a;
	const void *b;

	(void)unused;
	interrupt = look_at_two_frames;
	may_be_interrupted = true;
	a = map(HIGH);
	b = map(HIGH + 1);
	assert_int_equal(seen_at(a), HIGH);
	unmap_domain_page(b);
	assert_int_equal(seen_at(a), HIGH);
	unmap_domain_page(a);
	may_be_interrupted = false;
	assert_int_equal(nr_changes, 8 + (8 + 8) * 8); /* 8 looks, 8 changes */
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
static const struct CMUnitTest tests[] = {
	T(frames_in_the_direct_map_take_no_window),
	T(the_first_frame_that_is_not_has_one),
	T(windows_are_a_stack),
	T(one_too_many_is_told),
	T(the_newest_goes_first),
	T(a_frame_that_is_not_ram_is_told),
	T(each_cpu_has_its_own),
	T(an_interrupt_may_do_the_same),
};

TEST_MAIN(tests)
