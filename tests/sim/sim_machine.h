/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_machine.h - a machine that translates addresses by the library's tables
 *
 * RAM is a file in memory; the TLB is the mappings of this process. A window
 * of the library is reserved address space: the first access to a page faults,
 * the handler walks the tables in RAM as the CPU would, and maps the page. It
 * stays mapped until the CPU is told to drop it, or some hundred other pages
 * were used; and what is dropped is walked for again at once. So what works
 * here works by the tables, and a flush that is missing, or comes too early,
 * leaves the old page in place.
 *
 * There are two harts. Hart 0 runs everything. Hart 1, once it is started, only
 * reads: what hart 0 uses, and the pages around it. Its TLB is a list, and it
 * forgets nothing but what it is told to (and few pages that others push out).
 * So a flush that reaches hart 0 alone, that is a page short, or that is left
 * out or comes too early, leaves something in that list, and the test ends: by
 * sim_can_read(), when hart 1 knows something else than the tables say, or as
 * soon as a frame becomes free to which, or to a table in which, hart 1 still
 * knows the way.
 *
 * The CPU is a file of its own (tests/sim/skel/skel_cpu.c,
 * tests/sim/arm/arm_cpu.c, tests/sim/x86/x86_cpu.c): the instructions of
 * arch/cpu.h, and below "the CPU" what the machine asks of it. It reads entries
 * by the bits told at the head of pte.h, or in the manual, and by nothing else.
 *
 * The machine starts as a port finds it: tables made by hand map some RAM
 * (sim_boot), and the root register leads to them.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <arch/layout.h>

#include <xmem/types.h>

#include "sim_windows.h"
#include "test.h"

struct sim_range {
	uint64_t start;
	uint64_t end;
};

/** Ranges of RAM, ascending; what is elsewhere does not answer. A program may
 *  put others here before sim_power_on(). */
#define SIM_RAM_START (16ULL << 20)
extern const struct sim_range *sim_ram;
extern unsigned int sim_nr_ram;

/**
 * sim_power_on - RAM, the tables of the port in the first range, the root.
 * Ends the program if something of the process lies where windows are.
 * Return: bytes at the start of that range that are in use.
 */
uint64_t sim_power_on(void);

/** sim_listen - faults go to the machine. cmocka takes them for itself when a
 *  test or a teardown begins, so each calls this. */
void sim_listen(void **unused);

/** RAM mapped at boot: so much from the start of the first range. */
#define SIM_BOOT_BYTES (64ULL << 20)

/** sim_start_other - hart 1 begins to read: after the boot, when no flush is
 *  for one CPU alone any more but those of its windows. */
void sim_start_other(void);

/** Is what hart 1 knows of @va, or finds now, what the tables say? */
bool sim_other_agrees(unsigned long va);

/** Does an access to @va, through the TLB and the tables, work now? Ends the
 *  program if hart 1 does not agree about @va. */
bool sim_can_read(const volatile void *va);
bool sim_can_write(volatile void *va);

/** What the tables say of @va: true, and how, if it is mapped. */
struct sim_translation {
	uint64_t pa;
	bool can_write, can_exec;
	unsigned int type;
};
bool sim_translate(unsigned long va, struct sim_translation *t);

/* ---- for the CPU ---- */

/** Ends the program, with a message that begins with "sim machine", unless
 *  @works. */
void sim_need(bool works, const char *what);

/** Does RAM answer at physical address @pa? */
bool sim_is_ram(uint64_t pa);

/** The word at physical address @pa, past all tables. */
uint64_t sim_peek(uint64_t pa);
void sim_poke(uint64_t pa, uint64_t word);

/** A place for @number among 2^@bits. */
unsigned long sim_hash(uint64_t number, unsigned int bits);

/** What the register of the root holds. */
extern uint64_t sim_root;

/** The hart that executes instructions now, and the one that walks. */
extern unsigned int sim_hart, sim_walker;
#define SIM_NR_HARTS 2U

/** Forget @nr pages from @va on, or all, on the hart that executes; the tables
 *  are walked for them again at once, before the next instruction. */
void sim_drop(unsigned long va, unsigned long nr);
void sim_drop_all(void);

/** Execute @fn on hart 0, then on hart 1: an instruction that is broadcast, or
 *  the handler of an inter-processor interrupt. */
void sim_on_all(void (*fn)(unsigned long, unsigned long), unsigned long va,
		unsigned long nr);

/** Does a TLB know a page by a value of the entry at @slot other than
 *  @value? Return: that value, or @value. */
uint64_t sim_known_by(uint64_t slot, uint64_t value);

/* ---- the CPU ---- */

enum sim_kind { SIM_NONE, SIM_TABLE, SIM_LEAF };

/** An entry as the CPU reads it: where it leads, and of a leaf what it allows.
 */
struct sim_entry {
	enum sim_kind kind;
	uint64_t pa;
	bool can_write, can_exec;
	unsigned int type;
};

/** The levels of tables are those of an address of so many bits. */
#ifndef SIM_VA_BITS
#define SIM_VA_BITS ARCH_VA_BITS
#endif

/** Is @va an address that the root translates? */
bool sim_is_va(unsigned long va);

/** Entry @e of @level, 0 is the lowest, which lies at @slot. */
struct sim_entry sim_decode(uint64_t slot, uint64_t e, unsigned int level);

/** What a walk of hart sim_walker reads at physical address @slot now. */
uint64_t sim_walker_reads(uint64_t slot);

/** The largest block that an entry can lead to, as an order. */
unsigned int sim_largest_order(void);

/** Does an access that the TLB's entry forbids walk the tables once more,
 *  before it faults? */
extern const bool sim_walks_again;

/** Entries for a table, and for a page or block that can be written. */
uint64_t sim_boot_table(uint64_t pa);
uint64_t sim_boot_leaf(uint64_t pa, unsigned int level);

/** What the port has mapped at boot: SIM_BOOT_BYTES, and what lies between
 *  @pa and the start of RAM, from @va on, by leaves of @level. */
struct sim_boot {
	unsigned long va;
	uint64_t pa;
	unsigned int level;
};
extern const struct sim_boot sim_boot;

#endif /* SIM_MACHINE_H */
