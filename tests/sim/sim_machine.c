/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_machine.c - RAM, walks of the tables, the TLBs, and the first tables
 */
#define _GNU_SOURCE

#include "sim_machine.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xmem/config.h>
#include <xmem/port.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* Far from each other; the last has blocks of 1 GiB with small pages. */
static const struct sim_range usual_ram[] = {
	{SIM_RAM_START, SIM_RAM_START + MIB(256)},
	{GIB(34) + MIB(3), GIB(34) + MIB(67)},
	{GIB(512), GIB(514) + MIB(64)},
};
const struct sim_range *sim_ram = usual_ram;
unsigned int sim_nr_ram = sizeof(usual_ram) / sizeof(usual_ram[0]);

#define INDEX_BITS (PAGE_SHIFT - 3U)
#define LEVELS	   ((SIM_VA_BITS - PAGE_SHIFT + INDEX_BITS - 1) / INDEX_BITS)

#define IS_IN_SPACE(start, size)                                     \
	((start) >= SIM_SPACE_START && (start) + (size) > (start) && \
	 (start) + (size) <= SIM_SPACE_END)
_Static_assert(IS_IN_SPACE(VMAP_VIRT_START, VMAP_VIRT_SIZE) &&
		       IS_IN_SPACE(VMAP_XEN_VIRT_START,
				   VMAP_XEN_VIRT_END - VMAP_XEN_VIRT_START) &&
		       IS_IN_SPACE(CPU_WINDOWS_VIRT, CPU_WINDOWS_SIZE) &&
		       IS_IN_SPACE(FRAMETABLE_VIRT, FRAMETABLE_SIZE) &&
		       IS_IN_SPACE(DIRECTMAP_VIRT_START, DIRECTMAP_SIZE),
	       "a layout.h with sim_windows.h must come before the one of the "
	       "architecture: a window lies elsewhere");

static int ram = -1;
static volatile uint64_t *ram_words; /* all of it, as the walks read it */
uint64_t sim_root;

/* ---- RAM ---- */

bool sim_is_ram(uint64_t pa)
{
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		if (pa >= sim_ram[i].start && pa < sim_ram[i].end) {
			return true;
		}
	}
	return false;
}

void sim_need(bool works, const char *what)
{
	if (!works) {
		fprintf(stderr, "sim machine: %s%s%s\n", what,
			errno != 0 ? ": " : "",
			errno != 0 ? strerror(errno) : "");
		abort();
	}
}

uint64_t sim_peek(uint64_t pa)
{
	sim_need(sim_is_ram(pa), "a read outside of RAM");
	return ram_words[pa / 8];
}

void sim_poke(uint64_t pa, uint64_t word)
{
	sim_need(sim_is_ram(pa), "a write outside of RAM");
	ram_words[pa / 8] = word;
}

/* ---- walking the tables ---- */

/* Address of the entry of @va in @table of @level. */
static uint64_t slot_of(uint64_t table, unsigned long va, unsigned int level)
{
	unsigned long page = va >> PAGE_SHIFT;
	unsigned long i = page >> (level * INDEX_BITS);

	return table + (i & ((1UL << INDEX_BITS) - 1)) * sizeof(uint64_t);
}

/* Bytes that an entry of @level leads to. */
static uint64_t span_of(unsigned int level)
{
	return 1ULL << (PAGE_SHIFT + level * INDEX_BITS);
}

/* The entries on the way to a page, from the root down. */
struct path {
	uint64_t slot[LEVELS];
	uint64_t value[LEVELS];
	unsigned int nr;
};

unsigned int sim_walker;

/* Hart @hart walks. Where that ends above a leaf, @path has the way there. */
static bool walk(unsigned int hart, unsigned long va, struct sim_translation *t,
		 struct path *path)
{
	uint64_t table = sim_root;

	sim_walker = hart;
	path->nr = 0;
	if (!sim_is_va(va)) {
		return false;
	}
	for (unsigned int level = LEVELS; level-- > 0;) {
		uint64_t span = span_of(level);
		uint64_t slot = slot_of(table, va, level);
		uint64_t value = sim_walker_reads(slot);
		struct sim_entry e = sim_decode(slot, value, level);

		path->slot[path->nr] = slot;
		path->value[path->nr++] = value;
		if (e.kind == SIM_NONE) {
			return false;
		}
		if (e.kind == SIM_LEAF) {
			sim_need((e.pa & (span - 1)) == 0,
				 "a block that is not aligned");
			*t = (struct sim_translation){
				.pa = e.pa + (va & (span - 1)),
				.can_write = e.can_write,
				.can_exec = e.can_exec,
				.type = e.type,
			};
			return true;
		}
		table = e.pa;
	}
	sim_need(false, "a table at level 0");
	return false;
}

bool sim_translate(unsigned long va, struct sim_translation *t)
{
	struct path path;

	return walk(0, va, t, &path);
}

/* ---- the TLB of hart 0: the mappings of this process ---- */

/* A page lies in one of the ways of its set; the one that came first goes. */
#define WAYS	 4UL
#define SET_BITS 7U
#define TLB_SIZE (WAYS << SET_BITS)

static struct {
	unsigned long page; /* its address; 0: no page */
	struct path path;
} tlb[TLB_SIZE];
static unsigned long next_way[1UL << SET_BITS];

/* Entries in paths of the TLB, by their hash: 0 says that there is none. */
#define KNOWN_BITS 18U
static unsigned int nr_known[1UL << KNOWN_BITS];

static sigjmp_buf *recover;
static unsigned long walked_again = 1; /* for this page; 1: for none */

unsigned long sim_hash(uint64_t number, unsigned int bits)
{
	return (unsigned long)((number * 0x9e3779b97f4a7c15ULL) >> (64 - bits));
}

/* Nothing is mapped at @va; @how says what may have been before. */
static void reserve(unsigned long va, unsigned long bytes, int how)
{
	void *p =
		mmap((void *)va, bytes, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | how, -1, 0);

	sim_need(p == (void *)va,
		 "the addresses of the windows are not free: see SIM_SPACE");
}

static void count_path(const struct path *path, unsigned int by)
{
	for (unsigned int i = 0; i < path->nr; i++) {
		nr_known[sim_hash(path->slot[i], KNOWN_BITS)] += by;
	}
}

static void evict(unsigned long i)
{
	reserve(tlb[i].page, PAGE_SIZE, MAP_FIXED);
	count_path(&tlb[i].path, -1U);
	tlb[i].page = 0;
}

static unsigned long set_of(unsigned long page)
{
	return sim_hash(page >> PAGE_SHIFT, SET_BITS);
}

/* Where the page is; TLB_SIZE: nowhere. */
static unsigned long find(unsigned long page)
{
	unsigned long first = set_of(page) * WAYS;

	for (unsigned long i = first; i < first + WAYS; i++) {
		if (tlb[i].page == page) {
			return i;
		}
	}
	return TLB_SIZE;
}

/* Where it may come to lie. */
static unsigned long make_room(unsigned long page)
{
	unsigned long at = find(page);
	unsigned long set = set_of(page);

	if (at == TLB_SIZE) {
		at = set * WAYS + next_way[set];
		next_way[set] = (next_way[set] + 1) % WAYS;
	}
	if (tlb[at].page != 0) {
		evict(at);
	}
	return at;
}

/* ---- the TLB of hart 1, which only reads ---- */

/* What it knows of a page: where the tables are, and, if there was one, the
 * translation. It keeps that until it is told to drop it, or another page of
 * the same hash comes. */
#define OTHER_BITS 12U
#define OTHER_SIZE (1UL << OTHER_BITS)

static struct known {
	unsigned long page; /* its address; 0: no page */
	struct path path;
	unsigned int nr_tables; /* in which the slots of the path lie */
	bool has_leaf;
	struct sim_translation leaf;
} other[OTHER_SIZE];
static bool other_is_on;

/* What hart 1 never uses: windows are for the CPU that opens them. */
static bool is_of_hart_0(unsigned long page)
{
	return page < SIM_SPACE_START || page >= SIM_SPACE_END ||
	       page - CPU_WINDOWS_VIRT < (NR_CPUS * XMEM_CPU_WINDOWS)
						 << PAGE_SHIFT;
}

static struct known *known_at(unsigned long page)
{
	return &other[sim_hash(page >> PAGE_SHIFT, OTHER_BITS)];
}

static void other_forgets(struct known *k)
{
	if (k->page != 0) {
		count_path(&k->path, -1U);
		k->page = 0;
	}
}

/* Hart 1 walks, unless it knows a translation already. */
static void other_loads(unsigned long page)
{
	struct known *k = known_at(page);

	if (!other_is_on || is_of_hart_0(page) ||
	    (k->page == page && k->has_leaf)) {
		return;
	}
	other_forgets(k);
	k->page = page;
	k->has_leaf = walk(1, page, &k->leaf, &k->path);
	k->nr_tables = k->path.nr;
	if (!k->has_leaf && k->path.nr > 0) {
		k->path.nr--; /* What is not present is not kept. */
	}
	count_path(&k->path, 1);
}

/* What hart 0 uses, hart 1 uses as well, and what lies around it. */
static void other_follows(unsigned long page)
{
	other_loads(page);
	other_loads(page - PAGE_SIZE);
	other_loads(page + PAGE_SIZE);
}

static void drop_other(unsigned long va, unsigned long nr)
{
	for (unsigned long i = 0; i < OTHER_SIZE; i++) {
		unsigned long page = other[i].page;

		if (page != 0 && (page - (va & PAGE_MASK)) >> PAGE_SHIFT < nr) {
			other_forgets(&other[i]);
			other_loads(page);
		}
	}
}

void sim_start_other(void)
{
	other_is_on = true;
	for (unsigned long i = 0; i < TLB_SIZE; i++) {
		if (tlb[i].page != 0) {
			other_follows(tlb[i].page);
		}
	}
}

static bool is_same(const struct sim_translation *a,
		    const struct sim_translation *b)
{
	return a->pa == b->pa && a->can_write == b->can_write &&
	       a->can_exec == b->can_exec && a->type == b->type;
}

bool sim_other_agrees(unsigned long va)
{
	unsigned long page = va & PAGE_MASK;
	const struct known *k = known_at(page);
	struct sim_translation t;
	bool mapped;

	if (!other_is_on || is_of_hart_0(page)) {
		return true;
	}
	other_loads(page);
	mapped = sim_translate(page, &t);
	return k->has_leaf == mapped && (!mapped || is_same(&k->leaf, &t));
}

/* May frames that are free be known by @page? In the direct map, and where
 * the port has mapped them at boot. */
static bool stays_mapped(unsigned long page)
{
	return page - DIRECTMAP_VIRT_START < DIRECTMAP_SIZE ||
	       page - SIM_BOOT_VIRT < SIM_FREE_VIRT - SIM_BOOT_VIRT;
}

/* Does @k lead to [@start, @start + @bytes), or over a table in it? */
static bool leads_to(const struct known *k, uint64_t start, uint64_t bytes)
{
	if (k->has_leaf && !stays_mapped(k->page) &&
	    k->leaf.pa - start < bytes) {
		return true;
	}
	for (unsigned int i = 0; i < k->nr_tables; i++) {
		if (k->path.slot[i] - start < bytes) {
			return true;
		}
	}
	return false;
}

/* The page layer tells: these frames are free from now on. */
void xmem_host_frames_given(unsigned long mfn, unsigned int order)
{
	uint64_t start = (uint64_t)mfn << PAGE_SHIFT;
	uint64_t bytes = (uint64_t)PAGE_SIZE << order;

	for (unsigned long i = 0; other_is_on && i < OTHER_SIZE; i++) {
		sim_need(other[i].page == 0 ||
				 !leads_to(&other[i], start, bytes),
			 "a frame is free, and hart 1 still knows it");
	}
}

/* ---- both ---- */

/* Return: what @path has at @slot, if that is another value, or @value. */
static uint64_t value_in(const struct path *path, uint64_t slot, uint64_t value)
{
	for (unsigned int k = 0; k < path->nr; k++) {
		if (path->slot[k] == slot) {
			return path->value[k];
		}
	}
	return value;
}

uint64_t sim_known_by(uint64_t slot, uint64_t value)
{
	uint64_t known = value;

	if (nr_known[sim_hash(slot, KNOWN_BITS)] == 0) {
		return value;
	}
	for (unsigned long i = 0; known == value && i < TLB_SIZE; i++) {
		if (tlb[i].page != 0) {
			known = value_in(&tlb[i].path, slot, value);
		}
	}
	for (unsigned long i = 0; known == value && i < OTHER_SIZE; i++) {
		if (other[i].page != 0) {
			known = value_in(&other[i].path, slot, value);
		}
	}
	return known;
}

static bool fill(unsigned long page)
{
	struct sim_translation t;
	struct path path;
	unsigned long at;
	int prot = PROT_READ;
	void *p;

	if (page < SIM_SPACE_START || page >= SIM_SPACE_END ||
	    !walk(0, page, &t, &path) || !sim_is_ram(t.pa)) {
		return false;
	}
	at = make_room(page);
	prot |= t.can_write ? PROT_WRITE : 0;
	p = mmap((void *)page, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, ram,
		 (off_t)t.pa);
	sim_need(p == (void *)page, "mmap of a page");
	tlb[at].page = page;
	tlb[at].path = path;
	count_path(&path, 1);
	other_follows(page);
	return true;
}

static void drop_own(unsigned long va, unsigned long nr)
{
	unsigned long dropped[TLB_SIZE];
	unsigned long nr_dropped = 0;

	for (unsigned long i = 0; i < TLB_SIZE; i++) {
		unsigned long page = tlb[i].page;

		if (page != 0 && (page - (va & PAGE_MASK)) >> PAGE_SHIFT < nr) {
			dropped[nr_dropped++] = page;
			evict(i);
		}
	}
	for (unsigned long i = 0; i < nr_dropped; i++) {
		(void)fill(dropped[i]);
	}
}

unsigned int sim_hart;

void sim_drop(unsigned long va, unsigned long nr)
{
	if (sim_hart == 0) {
		drop_own(va, nr);
	} else {
		drop_other(va, nr);
	}
}

void sim_drop_all(void)
{
	sim_drop(0, ~0UL);
}

void sim_on_all(void (*fn)(unsigned long, unsigned long), unsigned long va,
		unsigned long nr)
{
	fn(va, nr);
	sim_hart = 1;
	fn(va, nr);
	sim_hart = 0;
}

/* The page of @va comes into the TLB. If it is there, the entry does not allow
 * the access; there are CPUs that look once whether the tables do. */
static bool handle(unsigned long va)
{
	unsigned long page = va & PAGE_MASK;

	if (find(page) == TLB_SIZE) {
		walked_again = 1;
		return fill(page);
	}
	if (!sim_walks_again || page == walked_again) {
		return false;
	}
	walked_again = page;
	return fill(page);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	struct sigaction fatal = {.sa_handler = SIG_DFL};
	unsigned long va = (unsigned long)info->si_addr;

	(void)context;
	if (handle(va)) {
		return;
	}
	if (recover != NULL) {
		siglongjmp(*recover, 1);
	}
	fprintf(stderr, "sim machine: fault at %lx\n", va);
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
	sim_need(sim_other_agrees((unsigned long)va),
		 "hart 1 knows another translation");
	return done;
}

bool sim_can_read(const volatile void *va)
{
	return works((volatile unsigned char *)(unsigned long)va, false);
}

bool sim_can_write(volatile void *va)
{
	return works(va, true);
}

/* ---- what the port did before it calls the library ---- */

static uint64_t next_table;

/* Table below the entry at @slot, made if it is not there. */
static uint64_t table_below(uint64_t slot)
{
	if (sim_decode(slot, sim_peek(slot), 1).kind == SIM_NONE) {
		sim_poke(slot, sim_boot_table(next_table));
		next_table += PAGE_SIZE;
	}
	return sim_decode(slot, sim_peek(slot), 1).pa;
}

static void map_at_boot(unsigned long va, uint64_t pa)
{
	uint64_t table = sim_root;

	for (unsigned int level = LEVELS - 1; level > sim_boot.level; level--) {
		table = table_below(slot_of(table, va, level));
	}
	sim_poke(slot_of(table, va, sim_boot.level),
		 sim_boot_leaf(pa, sim_boot.level));
}

void sim_listen(void **unused)
{
	struct sigaction action = {.sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO | SA_NODEFER};

	(void)unused;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

uint64_t sim_power_on(void)
{
	const struct sim_range *first = &sim_ram[0];

	ram = memfd_create("sim", 0);
	sim_need(ram >= 0, "memfd_create");
	sim_need(ftruncate(ram, (off_t)sim_ram[sim_nr_ram - 1].end) == 0,
		 "ftruncate");
	ram_words =
		mmap(NULL, sim_ram[sim_nr_ram - 1].end, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_NORESERVE, ram, 0);
	sim_need(ram_words != MAP_FAILED, "mmap of RAM");
	reserve(SIM_SPACE_START, SIM_SPACE_END - SIM_SPACE_START,
		MAP_FIXED_NOREPLACE);
	sim_listen(NULL);
	sim_root = first->start;
	next_table = sim_root + PAGE_SIZE;
	for (uint64_t pa = sim_boot.pa; pa < first->start + SIM_BOOT_BYTES;
	     pa += span_of(sim_boot.level)) {
		map_at_boot(sim_boot.va + (unsigned long)(pa - sim_boot.pa),
			    pa);
	}
	return next_table - first->start;
}
