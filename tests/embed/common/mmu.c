/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.c - a kernel's own page tables: two levels, one page a table
 */
#include "mmu.h"

#include <string.h>

#include <xmem/pages.h>

#include "machine.h"

#define ENTRIES 64UL /* of a table that are in use */

unsigned int my_tables_left = MACHINE_WINDOW_PAGES / ENTRIES;

static unsigned long *tables[MACHINE_WINDOW_PAGES / ENTRIES];

volatile unsigned long *my_entry(unsigned long va, bool make)
{
	unsigned long page = (va - my_window) >> PAGE_SHIFT;
	unsigned long **table = &tables[page / ENTRIES];

	if (*table == NULL && make && my_tables_left > 0) {
		*table = alloc_xenheap_page();
		if (*table != NULL) {
			memset(*table, 0, PAGE_SIZE);
			my_tables_left--;
		}
	}
	return *table != NULL ? *table + page % ENTRIES : NULL;
}

bool my_map(unsigned long va, unsigned long frame, unsigned int rights)
{
	volatile unsigned long *entry = my_entry(va, true);

	if (entry != NULL) {
		*entry = frame << PAGE_SHIFT |
			 ((rights & MY_WRITE) != 0 ? MY_WRITABLE : 0) |
			 (rights != 0 ? MY_PRESENT : MY_PARKED);
	}
	return entry != NULL;
}

unsigned long my_unmap(unsigned long va)
{
	volatile unsigned long *entry = my_entry(va, false);
	unsigned long frame = MY_NO_FRAME;

	if (entry != NULL && *entry != 0) {
		frame = *entry >> PAGE_SHIFT;
		*entry = 0;
	}
	return frame;
}

void my_flush(unsigned long va, unsigned long nr)
{
	machine_flush(va, nr);
}

bool my_translate(unsigned long va, unsigned long *frame, bool *writable)
{
	volatile unsigned long *entry = my_entry(va, false);

	if (entry == NULL || (*entry & MY_PRESENT) == 0) {
		return false;
	}
	*frame = *entry >> PAGE_SHIFT;
	*writable = (*entry & MY_WRITABLE) != 0;
	return true;
}

unsigned long my_lookup(unsigned long va)
{
	unsigned long frame;
	bool writable;

	return my_translate(va, &frame, &writable) ? frame : MY_NO_FRAME;
}
