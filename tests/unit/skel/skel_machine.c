/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skel_machine.c - RAM, walks of the tables, the TLB, and the first tables
 */
#define _GNU_SOURCE

#include "skel_machine.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <arch/cpu.h>
#include <xmem/config.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* Far from each other; the last has blocks of 1 GiB with small pages. */
const struct skel_range skel_ram[] = {
	{MIB(16), MIB(16) + MIB(256)},
	{GIB(34) + MIB(3), GIB(34) + MIB(67)},
	{GIB(512), GIB(514) + MIB(64)},
};
const unsigned int skel_nr_ram = sizeof(skel_ram) / sizeof(skel_ram[0]);

/* The entries, as the hardware reads them. */
#define PTE_P	    ((uint64_t)1 << 0)
#define PTE_LEAF    ((uint64_t)1 << 1)
#define PTE_W	    ((uint64_t)1 << 2)
#define PTE_X	    ((uint64_t)1 << 3)
#define PTE_TYPE(e) ((unsigned int)(e >> 4 & 3))
#define VA_BITS	    47U
#define INDEX_BITS  (PAGE_SHIFT - 3U)
#define LEVELS	    ((VA_BITS - PAGE_SHIFT + INDEX_BITS - 1) / INDEX_BITS)
#define PA_BITS	    48U

static int ram = -1;
static uint64_t root; /* the register */

/* ---- RAM ---- */

static bool is_ram(uint64_t pa)
{
	for (unsigned int i = 0; i < skel_nr_ram; i++) {
		if (pa >= skel_ram[i].start && pa < skel_ram[i].end) {
			return true;
		}
	}
	return false;
}

static void need(bool works, const char *what)
{
	if (!works) {
		fprintf(stderr, "skel machine: %s: %s\n", what,
			strerror(errno));
		abort();
	}
}

uint64_t skel_peek(uint64_t pa)
{
	uint64_t word = 0;

	need(is_ram(pa), "a read outside of RAM");
	need(pread(ram, &word, sizeof(word), (off_t)pa) >= 0, "pread");
	return word;
}

void skel_poke(uint64_t pa, uint64_t word)
{
	need(is_ram(pa), "a write outside of RAM");
	need(pwrite(ram, &word, sizeof(word), (off_t)pa) == sizeof(word),
	     "pwrite");
}

/* ---- walking the tables ---- */

/* Address of the entry of @va in @table of @level. */
static uint64_t slot_of(uint64_t table, unsigned long va, unsigned int level)
{
	unsigned long page = va >> PAGE_SHIFT;
	unsigned long i = page >> (level * INDEX_BITS);

	return table + (i & ((1UL << INDEX_BITS) - 1)) * sizeof(uint64_t);
}

static uint64_t frame_of(uint64_t e)
{
	return e & ((1ULL << PA_BITS) - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

bool skel_translate(unsigned long va, struct skel_translation *t)
{
	uint64_t table = root;

	if (va >> VA_BITS != 0) {
		return false;
	}
	for (unsigned int level = LEVELS; level-- > 0;) {
		uint64_t span = 1ULL << (PAGE_SHIFT + level * INDEX_BITS);
		uint64_t e = skel_peek(slot_of(table, va, level));

		if ((e & PTE_P) == 0) {
			return false;
		}
		if ((e & PTE_LEAF) != 0) {
			need((frame_of(e) & (span - 1)) == 0,
			     "a block that is not aligned");
			*t = (struct skel_translation){
				.pa = frame_of(e) + (va & (span - 1)),
				.can_write = (e & PTE_W) != 0,
				.can_exec = (e & PTE_X) != 0,
				.type = PTE_TYPE(e),
			};
			return true;
		}
		table = frame_of(e);
	}
	need(false, "a table at level 0");
	return false;
}

/* ---- the TLB ---- */

static sigjmp_buf *recover;
static unsigned long last_filled = 1; /* no page */

static void reserve(unsigned long va, unsigned long bytes)
{
	void *p = mmap((void *)va, bytes, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		       -1, 0);

	need(p == (void *)va, "mmap");
	last_filled = 1;
}

/* The page of @va comes into the TLB. If the access that did it faults again
 * at once, it is one that the entry does not allow. */
static bool fill(unsigned long va)
{
	unsigned long page = va & PAGE_MASK;
	struct skel_translation t;
	int prot = PROT_READ;
	void *p;

	if (page == last_filled || !skel_translate(page, &t) || !is_ram(t.pa)) {
		return false;
	}
	prot |= t.can_write ? PROT_WRITE : 0;
	p = mmap((void *)page, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, ram,
		 (off_t)t.pa);
	need(p == (void *)page, "mmap of a page");
	last_filled = page;
	return true;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	struct sigaction fatal = {.sa_handler = SIG_DFL};
	unsigned long va = (unsigned long)info->si_addr;

	(void)context;
	if (va >= SKEL_SPACE_START && va < SKEL_SPACE_END && fill(va)) {
		return;
	}
	if (recover != NULL) {
		siglongjmp(*recover, 1);
	}
	fprintf(stderr, "skel machine: fault at %lx\n", va);
	sigaction(signal, &fatal, NULL);
}

/* One access; the sanitizer has no opinion about the simulated addresses. */
__attribute__((no_sanitize("address", "undefined"))) static bool works(
	volatile unsigned char *va, bool write)
{
	volatile bool done = false;
	sigjmp_buf here;

	recover = &here;
	if (sigsetjmp(here, 1) == 0) {
		unsigned char value = *va;

		if (write) {
			*va = value;
		}
		done = true;
	}
	recover = NULL;
	return done;
}

bool skel_can_read(const volatile void *va)
{
	return works((volatile unsigned char *)(unsigned long)va, false);
}

bool skel_can_write(volatile void *va)
{
	return works(va, true);
}

/* ---- the instructions of arch/cpu.h ---- */

uint64_t skel_read_root(void)
{
	return root;
}

void skel_drop_page(unsigned long va)
{
	unsigned long page = va & PAGE_MASK;

	need(page >= SKEL_SPACE_START && page < SKEL_SPACE_END,
	     "a page that is not dropped");
	reserve(page, PAGE_SIZE);
}

void skel_drop_all(void)
{
	reserve(SKEL_SPACE_START, SKEL_SPACE_END - SKEL_SPACE_START);
}

void skel_order_walks(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- what the port did before it calls the library ---- */

static uint64_t next_table;

/* Table below the entry at @slot, made if it is not there. */
static uint64_t table_below(uint64_t slot)
{
	if ((skel_peek(slot) & PTE_P) == 0) {
		skel_poke(slot, next_table | PTE_P);
		next_table += PAGE_SIZE;
	}
	return frame_of(skel_peek(slot));
}

static void map_at_boot(unsigned long va, uint64_t pa)
{
	uint64_t table = root;

	for (unsigned int level = LEVELS - 1; level > 0; level--) {
		table = table_below(slot_of(table, va, level));
	}
	skel_poke(slot_of(table, va, 0), pa | PTE_P | PTE_LEAF | PTE_W);
}

void skel_listen(void **unused)
{
	struct sigaction action = {.sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO | SA_NODEFER};

	(void)unused;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

uint64_t skel_power_on(void)
{
	const struct skel_range *first = &skel_ram[0];

	ram = memfd_create("skel", 0);
	need(ram >= 0, "memfd_create");
	need(ftruncate(ram, (off_t)skel_ram[skel_nr_ram - 1].end) == 0,
	     "ftruncate");
	skel_drop_all();
	skel_listen(NULL);
	root = first->start;
	next_table = root + PAGE_SIZE;
	for (uint64_t at = 0; at < SKEL_BOOT_BYTES; at += PAGE_SIZE) {
		map_at_boot(SKEL_BOOT_VIRT + at, first->start + at);
	}
	return next_table - first->start;
}
