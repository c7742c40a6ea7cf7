/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - RAM in a file, and a TLB that is filled by page faults
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

#define WINDOW_BYTES (MACHINE_WINDOW_PAGES << PAGE_SHIFT)

unsigned char *my_ram;
unsigned long my_window;

static int ram_file;
static bool known[MACHINE_WINDOW_PAGES]; /* is it in the TLB? */
static sigjmp_buf *on_refusal;

static void must(bool good)
{
	if (!good) {
		abort();
	}
}

static _Noreturn void refuse(void)
{
	if (on_refusal == NULL) {
		abort();
	}
	siglongjmp(*on_refusal, 1);
}

/* Take what the page tables say of page @va into the TLB. false: nothing. */
static bool load(unsigned long va)
{
	bool writable = false;
	unsigned long frame;

	if (!my_translate(va, &frame, &writable)) {
		return false;
	}
	must(mmap((void *)va, PAGE_SIZE,
		  PROT_READ | (writable ? PROT_WRITE : 0),
		  MAP_SHARED | MAP_FIXED, ram_file,
		  (off_t)(frame << PAGE_SHIFT)) == (void *)va);
	known[(va - my_window) >> PAGE_SHIFT] = true;
	return true;
}

static void fill_tlb(int signal, siginfo_t *info, void *context)
{
	unsigned long va =
		(unsigned long)info->si_addr & ~(unsigned long)(PAGE_SIZE - 1);
	unsigned long page = (va - my_window) >> PAGE_SHIFT;

	(void)signal;
	(void)context;
	if (page >= MACHINE_WINDOW_PAGES || known[page] || !load(va)) {
		refuse();
	}
}

/* Nobody has to access a page for a CPU to load it: so whatever is mapped now
 * is loaded again at once. */
void machine_flush(unsigned long va, unsigned long nr)
{
	must(mmap((void *)va, nr << PAGE_SHIFT, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		  0) == (void *)va);
	for (unsigned long i = 0; i < nr; i++, va += PAGE_SIZE) {
		known[(va - my_window) >> PAGE_SHIFT] = false;
		(void)load(va);
	}
}

bool machine_can_read(const void *va)
{
	sigjmp_buf here;
	bool good = false;

	on_refusal = &here;
	if (sigsetjmp(here, 1) == 0) {
		(void)*(const volatile unsigned char *)va;
		good = true;
	}
	on_refusal = NULL;
	return good;
}

void machine_start(void)
{
	const size_t ram = MACHINE_FRAMES << PAGE_SHIFT;
	struct sigaction action = {.sa_sigaction = fill_tlb,
				   .sa_flags = SA_SIGINFO | SA_NODEFER};
	void *window = mmap(NULL, WINDOW_BYTES + MAX_PAGE_SIZE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *at = mmap(NULL, ram + ((size_t)PAGE_SIZE << MAX_ORDER), PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ram_file = memfd_create("ram", 0);
	must(window != MAP_FAILED && at != MAP_FAILED && ram_file >= 0 &&
	     ftruncate(ram_file, (off_t)ram) == 0 &&
	     sigaction(SIGSEGV, &action, NULL) == 0);
	my_window = ((unsigned long)window + MAX_PAGE_SIZE - 1) &
		    ~(MAX_PAGE_SIZE - 1);
	/* A block is aligned in the direct map as its frames are. */
	my_ram = (void *)(((unsigned long)at + ((PAGE_SIZE << MAX_ORDER) - 1)) &
			  ~((PAGE_SIZE << MAX_ORDER) - 1));
	must(mmap(my_ram, ram, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  ram_file, 0) == my_ram);
}
