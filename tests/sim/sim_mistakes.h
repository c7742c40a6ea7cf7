/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_mistakes.h - a port that boots in a wrong order, or with wrong tables
 *
 * Each mistake is made in a process of its own, on the simulated machine, and
 * must end in a panic with one sentence that says what to do. A boot is a
 * word, a letter a step (see take_step()); what the port has done to its
 * tables is a function that is called after power-on. A program includes this;
 * its main() is MISTAKES_RUN of an array that begins with MISTAKES_TESTS.
 */
#ifndef SIM_MISTAKES_H
#define SIM_MISTAKES_H

#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "directmap/directmap_priv.h"
#include "sim_machine.h"

unsigned int xmem_host_layout = XMEM_LAYOUT_FULL;

#define RAM_START (sim_ram[0].start)

static uint64_t used; /* bytes of RAM from RAM_START on that are reserved */

/* ---- the port's tables ---- */

#define BITS   (PAGE_SHIFT - 3U)
#define LEVELS ((SIM_VA_BITS - PAGE_SHIFT + BITS - 1) / BITS)

/* Where the entry of @va at @level is; tables that lack are made, behind what
 * is in use. */
static uint64_t entry_of(unsigned long va, unsigned int level)
{
	uint64_t table = sim_root;

	for (unsigned int l = LEVELS - 1;; l--) {
		unsigned long i = va >> PAGE_SHIFT >> (l * BITS);
		uint64_t slot = table + (i & ((1UL << BITS) - 1)) * 8;

		if (l == level) {
			return slot;
		}
		if (sim_decode(slot, sim_peek(slot), l).kind == SIM_NONE) {
			sim_poke(slot, sim_boot_table(RAM_START + used));
			used += PAGE_SIZE;
		}
		table = sim_decode(slot, sim_peek(slot), l).pa;
	}
}

/* The address of frame @mfn where the port has mapped it. */
static unsigned long boot_va(unsigned long mfn)
{
	return sim_boot.va +
	       (unsigned long)(((uint64_t)mfn << PAGE_SHIFT) - sim_boot.pa);
}

/* A page at @va, of frame @mfn. */
static void map_at(unsigned long va, unsigned long mfn)
{
	sim_poke(entry_of(va, 0),
		 sim_boot_leaf((uint64_t)mfn << PAGE_SHIFT, 0));
}

/* ---- the boot ---- */

static void give_ram(void)
{
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		uint64_t bytes = sim_ram[i].end - sim_ram[i].start;

		assert_int_equal(xmem_boot_add_ram(sim_ram[i].start, bytes), 0);
	}
}

static void take_step(char step)
{
	const paddr_t late = (paddr_t)sim_ram[sim_nr_ram - 1].end;

	switch (step) {
	case 'R': /* RAM */
		give_ram();
		break;
	case 'I': /* RAM that the port knows by itself */
		init_boot_pages(late, late + (1 << 20));
		break;
	case 'S':
		xmem_boot_reserve(RAM_START, RAM_START + used);
		break;
	case 'W':
		xmem_boot_window((unsigned long)(RAM_START >> PAGE_SHIFT),
				 (unsigned long)(SIM_BOOT_BYTES >> PAGE_SHIFT),
				 (void *)sim_boot.va);
		break;
	case 'L':
		xenheap_max_mfn(1 << 20);
		break;
	case 'D':
		arch_init_directmap();
		break;
	case 'F':
		arch_init_frametable();
		break;
	case 'd':
		init_domheap_pages(RAM_START, RAM_START + PAGE_SIZE);
		break;
	case 'x':
		init_xenheap_pages(RAM_START, RAM_START + PAGE_SIZE);
		break;
	case 'E':
		end_boot_allocator();
		break;
	case 'V':
		vm_init();
		break;
	case 'H':
		heap_init_late();
		break;
	case 'm':
		vfree(vmalloc(PAGE_SIZE));
		break;
	default:
		fail_msg("no step %c", step);
	}
}

/* On x86 the boot window is where it always is. */
static void take_steps(const char *steps)
{
	for (; *steps != '\0'; steps++) {
		if (*steps != 'W' || ARCH_BOOT_WINDOW_PAGES == 0) {
			take_step(*steps);
		}
	}
}

static void in_child(const char *steps, void (*prepare)(void),
		     const char *panics)
{
	used = sim_power_on();
	if (prepare != NULL) {
		prepare();
	}
	if (panics != NULL) {
		EXPECT_PANIC(take_steps(steps), panics);
	} else {
		take_steps(steps);
		ASSERT_VALID(xmem_check_all());
	}
}

/* The boot @steps, on what @prepare has made of the port's tables; @panics:
 * with this sentence, NULL: not at all. */
static void try_boot(const char *steps, void (*prepare)(void),
		     const char *panics)
{
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		in_child(steps, prepare, panics);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0) {
		fail_msg("boot %s: '%s': status %x", steps,
			 panics != NULL ? panics : "", status);
	}
}

/* ---- the order ---- */

static void right_orders_boot(void **unused)
{
	(void)unused;
	try_boot("RSWDFEVHm", NULL, NULL);
	try_boot("RSWDFVEHm", NULL, NULL); /* vm_init() before the hand-over */
	try_boot("RSWDVFEHm", NULL, NULL);
	try_boot("RSWDFEHVm", NULL, NULL);
	try_boot("RSLWDSFSEmVmH", NULL, NULL);
}

static void wrong_orders_are_told(void **unused)
{
	static const struct {
		const char *steps, *panics;
	} wrong[] = {
		{"S", "xmem_boot_reserve() before init_boot_pages(): call "
		      "that first, caller 0x"},
		{"WD", "arch_init_directmap() before init_boot_pages()"},
		{"F", "arch_init_frametable() before init_boot_pages()"},
		{"RSWF", "arch_init_frametable() before arch_init_directmap(): "
			 "call that first"},
		{"RSE", "end_boot_allocator() before arch_init_directmap(): "
			"call that first"},
		{"RSWDE", "end_boot_allocator() before arch_init_frametable(): "
			  "call that first"},
		{"RSV", "vm_init() before arch_init_directmap(): call that"},
		{"RSd", "init_domheap_pages() before arch_init_directmap()"},
		{"RSWDd", "init_domheap_pages() before arch_init_frametable()"},
		{"RSWDx", "init_xenheap_pages() before arch_init_frametable()"},
		{"RSWDFVH", "heap_init_late() before end_boot_allocator(): "
			    "call that first"},
		{"RSWDFEHm", "window 0 is not set up: call vm_init()"},
		{"RSD", "call xmem_boot_window() before arch_init_directmap()"},
		{"RSWDD", "arch_init_directmap() called twice"},
		{"RSWDFF", "arch_init_frametable() called twice"},
		{"RSWDFEE", "end_boot_allocator() called twice"},
		{"RSWDFVV", "window 0 is set up already"},
		{"RSWDFEHH", "heap_init_late() called twice"},
		{"RSWDI",
		 "init_boot_pages() comes after arch_init_directmap(): "
		 "call it before that"},
		{"RSWDL",
		 "xenheap_max_mfn() comes after arch_init_directmap()"},
		{"RSWDFES", "comes after end_boot_allocator()"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		bool has_window = ARCH_BOOT_WINDOW_PAGES != 0;

		if (strcmp(wrong[i].steps, "RSD") != 0 || !has_window) {
			try_boot(wrong[i].steps, NULL, wrong[i].panics);
		}
	}
}

/* What firmware says is never a panic. */
static void add_late(void)
{
	take_steps("RSWDF");
	assert_int_equal(xmem_boot_add_ram(1ULL << 40, 1 << 20), -XMEM_EBUSY);
	assert_non_null(
		strstr(xmem_host_print_text, "arch_init_directmap() ran"));
}

static void late_ram_of_firmware_is_ignored(void **unused)
{
	(void)unused;
	try_boot("EVHm", add_late, NULL);
}

/* ---- what is in use and was not reserved ---- */

/* A frame in the first 32 MiB of RAM, behind the tables. */
static unsigned long some_frame(void)
{
	return (unsigned long)((RAM_START + (16 << 20)) >> PAGE_SHIFT);
}

/* The library's code is mapped, as a port's image would be. */
static void map_code(void)
{
	map_at((unsigned long)xmem_port_check_mapped & PAGE_MASK, some_frame());
}

static void map_data(void)
{
	map_at((unsigned long)&xmem_boot_ram_window & PAGE_MASK, some_frame());
}

/* The pages of the stack that the boot may use. */
static void map_stack(void)
{
	unsigned long page = (unsigned long)__builtin_frame_address(0);

	page &= PAGE_MASK;
	for (unsigned long end = page - (1 << 18); page > end;
	     page -= PAGE_SIZE) {
		map_at(page, some_frame());
	}
}

static void reserve_all(void)
{
	map_code();
	take_steps("RS");
	xmem_boot_reserve((paddr_t)some_frame() << PAGE_SHIFT,
			  (paddr_t)(some_frame() + 1) << PAGE_SHIFT);
	take_steps("WDFEVHm");
}

/* The root alone is reserved; the tables that lead to the code lie behind. */
static void reserve_root(void)
{
	map_code();
	used = PAGE_SIZE;
}

static void what_is_in_use_is_not_free(void **unused)
{
	(void)unused;
	try_boot("RWD", NULL,
		 "holds the root table and is free: call "
		 "xmem_boot_reserve() for it");
	try_boot("RSWD", reserve_root, "holds a page table and is free");
	if (sim_is_va((unsigned long)xmem_port_check_mapped)) {
		try_boot("RSWD", map_code, "holds the library's code and is");
		try_boot("RSWD", map_data, "holds the library's data and is");
		try_boot("RSWD", map_stack, "holds the stack and is free");
		try_boot("", reserve_all, NULL);
	}
}

/* ---- the boot window ---- */

static uint64_t entry_in_window(void)
{
	return entry_of(boot_va(some_frame()), sim_boot.level);
}

static void leave_a_hole(void)
{
	sim_poke(entry_in_window(), 0);
}

static void map_another_frame(void)
{
	uint64_t span = 1ULL << (PAGE_SHIFT + sim_boot.level * BITS);

	sim_poke(entry_in_window(),
		 sim_boot_leaf(((uint64_t)some_frame() << PAGE_SHIFT) + span,
			       sim_boot.level));
}

static void the_window_is_what_the_port_says(void **unused)
{
	char text[80];

	(void)unused;
	snprintf(text, sizeof(text),
		 "frame %lx of the boot window cannot be written at %lx",
		 some_frame(), boot_va(some_frame()));
	try_boot("RSWD", leave_a_hole, text);
	try_boot("RSWD", map_another_frame, text);
}

/* ---- tables that serve two addresses ---- */

/* Where the direct map will have the first frame of RAM. */
#define DIRECT_VA (DIRECTMAP_VIRT_START + (unsigned long)RAM_START)

/* The entry of @to at @level leads where that of @from does. */
static void lead(unsigned long to, unsigned long from, unsigned int level)
{
	uint64_t slot = entry_of(from, level);

	sim_poke(entry_of(to, level), sim_peek(slot));
}

/* The identity map uses the tables of the direct map; where the port has made
 * none for it yet, those of the boot window serve all three. */
static void share(unsigned int level)
{
	if (sim_boot.va != DIRECTMAP_VIRT_START) {
		lead(DIRECT_VA, sim_boot.va, level);
	}
	lead((unsigned long)RAM_START, DIRECT_VA, level);
}

/* Have @a and @b an entry each at @level, wherever the tables lie? */
static bool are_apart(unsigned long a, unsigned long b, unsigned int level)
{
	return a >> PAGE_SHIFT >> (level * BITS) !=
	       b >> PAGE_SHIFT >> (level * BITS);
}

/* The highest level at which the identity map, the boot window and the direct
 * map have entries of their own. */
static unsigned int highest_level(void)
{
	unsigned int level = LEVELS - 1;

	while (!are_apart(DIRECT_VA, (unsigned long)RAM_START, level) ||
	       !are_apart(sim_boot.va, (unsigned long)RAM_START, level) ||
	       (!are_apart(DIRECT_VA, sim_boot.va, level) &&
		sim_boot.va != DIRECTMAP_VIRT_START)) {
		level--;
	}
	return level;
}

static void share_highest(void)
{
	share(highest_level());
}

/* One level down, if there are tables below its entries. */
static void share_next(void)
{
	unsigned int level = highest_level();

	share(level > sim_boot.level + 1 ? level - 1 : level);
}

/* The same with tables of its own: each has the last entries alone. */
static void identity_map(void)
{
	lead((unsigned long)RAM_START, sim_boot.va, sim_boot.level);
}

/* The stack in use is one whose entry, but for the highest, is at the place of
 * its frame's in the direct map. It is in the process's part of the space. */
#define STACK_VA    (SIM_PART(0) + SIM_PART_SIZE / 2 + (32UL << 20))
#define STACK_BYTES (1UL << 20)

static void share_with_stack(void)
{
	unsigned int level = highest_level() < 2 ? highest_level() : 2;

	if (sim_boot.va != DIRECTMAP_VIRT_START) {
		lead(DIRECT_VA, sim_boot.va, level);
	}
	lead(STACK_VA, DIRECT_VA, level);
	used = 40 << 20; /* its frames, too */
}

static ucontext_t here, there;

static void boot_there(void)
{
	in_child("RSWD", share_with_stack, "is mapped by the same table as");
	_exit(0);
}

static void boot_on_own_stack(void)
{
	void *stack =
		mmap((void *)STACK_VA, STACK_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	assert_ptr_equal(stack, (void *)STACK_VA);
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = STACK_BYTES;
	makecontext(&there, boot_there, 0);
	swapcontext(&here, &there);
}

static void the_direct_map_has_its_own_tables(void **unused)
{
	const char *text = "is mapped by the same table as";
	int status = -1;
	pid_t child;

	(void)unused;
	try_boot("RSWD", share_highest, text);
	try_boot("RSWD", share_next, text);
	try_boot("RSWDFEVHm", identity_map, NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		boot_on_own_stack();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* ---- the process ---- */

/* Something of the process is at the end of the windows; what the machine says
 * goes to @pipe. */
static void power_on_where_something_is(int pipe)
{
	void *end = (void *)(SIM_SPACE_END - PAGE_SIZE);

	assert_ptr_equal(mmap(end, PAGE_SIZE, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			      -1, 0),
			 end);
	assert_true(dup2(pipe, STDERR_FILENO) >= 0);
	sim_power_on();
	_exit(0);
}

/* The windows are put over nothing that the process has: not over code, nor
 * over the heap. */
static void the_machine_takes_free_addresses_only(void **unused)
{
	char text[200] = "";
	int ends[2];
	int status = -1;
	pid_t child;

	(void)unused;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		power_on_where_something_is(ends[1]);
	}
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(read(ends[0], text, sizeof(text) - 1) >= 0);
	close(ends[0]);
	assert_non_null(strstr(text, "sim machine: the addresses of the "
				     "windows are not free"));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* clang-format off */
#define MISTAKES_TESTS \
	cmocka_unit_test(the_machine_takes_free_addresses_only), \
	cmocka_unit_test(right_orders_boot), \
	cmocka_unit_test(wrong_orders_are_told), \
	cmocka_unit_test(late_ram_of_firmware_is_ignored), \
	cmocka_unit_test(what_is_in_use_is_not_free), \
	cmocka_unit_test(the_window_is_what_the_port_says), \
	cmocka_unit_test(the_direct_map_has_its_own_tables)
/* clang-format on */

#define MISTAKES_RUN(tests) \
	(test_begin(), cmocka_run_group_tests(tests, NULL, NULL))

#endif /* SIM_MISTAKES_H */
