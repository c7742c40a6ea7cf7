/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skel_machine.h - a machine of the architecture of docs/examples/arch
 *
 * RAM is a file in memory; the TLB is the mappings of this process. A window
 * of the library is reserved address space: the first access to a page faults,
 * the handler walks the tables in RAM as the CPU would, by the bits told at
 * the head of pte.h and nothing else, and maps the page. It stays mapped until
 * the library drops it. So what works here works by the tables, and a flush
 * that is missing leaves the old page in place.
 *
 * The machine starts as a port finds it: tables made by hand map some RAM at
 * SKEL_BOOT_VIRT, and the root register leads to them.
 */
#ifndef SKEL_MACHINE_H
#define SKEL_MACHINE_H

#include <xmem/types.h>

#include "test.h"

/** Addresses that belong to the simulated CPU. */
#define SKEL_SPACE_START 0x180000000000UL
#define SKEL_SPACE_END	 0x500000000000UL

/** Where the port maps RAM at boot, and where tests may map what they like. */
#define SKEL_BOOT_VIRT 0x180000000000UL
#define SKEL_FREE_VIRT 0x190000000000UL

struct skel_range {
	uint64_t start;
	uint64_t end;
};

/** Ranges of RAM, ascending; what is elsewhere does not answer. */
extern const struct skel_range skel_ram[];
extern const unsigned int skel_nr_ram;

/**
 * skel_power_on - RAM, the tables of the port in the first range, the root.
 * Return: bytes at the start of that range that are in use.
 */
uint64_t skel_power_on(void);

/** skel_listen - faults go to the machine. cmocka takes them for itself when a
 *  test or a teardown begins, so each calls this. */
void skel_listen(void **unused);

/** RAM mapped at SKEL_BOOT_VIRT: so much from the start of the first range. */
#define SKEL_BOOT_BYTES (64ULL << 20)

/** The word at physical address @pa, past all tables. */
uint64_t skel_peek(uint64_t pa);
void skel_poke(uint64_t pa, uint64_t word);

/** Does an access to @va, through the TLB and the tables, work now? */
bool skel_can_read(const volatile void *va);
bool skel_can_write(volatile void *va);

/** What the tables say of @va: true, and how, if it is mapped. */
struct skel_translation {
	uint64_t pa;
	bool can_write, can_exec;
	unsigned int type;
};
bool skel_translate(unsigned long va, struct skel_translation *t);

#endif /* SKEL_MACHINE_H */
