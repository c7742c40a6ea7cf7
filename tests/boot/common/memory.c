/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.c - where RAM is, and what the tester says on the command line
 */
#include <xmem/boot.h>
#include <xmem/pages.h>

#include "common.h"

struct contract_range boot_ram[BOOT_MAX_RANGES];
unsigned int boot_nr_ram;

void boot_add_ram(uint64_t start, uint64_t end)
{
	unsigned int at = boot_nr_ram;

	if (start >= end || boot_nr_ram == BOOT_MAX_RANGES) {
		return;
	}
	for (; at > 0 && boot_ram[at - 1].start > start; at--) {
		boot_ram[at] = boot_ram[at - 1];
	}
	boot_ram[at] = (struct contract_range){start, end};
	boot_nr_ram++;
}

bool contract_ram(unsigned int i, struct contract_range *range)
{
	if (i >= boot_nr_ram) {
		return false;
	}
	*range = boot_ram[i];
	return true;
}

void boot_limit_xenheap(unsigned long most)
{
	unsigned long left = 0;
	unsigned long start;
	unsigned long end;

	if (XMEM_LAYOUT != XMEM_LAYOUT_PARTIAL) {
		return;
	}
	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		left += end - start;
	}
	left = left / 2 < most ? left / 2 : most;
	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		if (left < end - start) {
			xenheap_max_mfn(start + left - 1);
			return;
		}
		left -= end - start;
	}
}

/* ---- the command line ---- */

/* What stands behind the first word of @text that begins with @key. */
static const char *find_word(const char *text, const char *key)
{
	bool at_start = true;

	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (at_start && key[i] != '\0' && text[i] == key[i]) {
			i++;
		}
		if (at_start && key[i] == '\0') {
			return text + i;
		}
		at_start = *text == ' ';
	}
	return NULL;
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned int)(c - '0');
	}
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

/* A number at *@text, which is moved behind it. */
static uint64_t read_number(const char **text)
{
	const char *at = *text;
	unsigned int base = 10;
	uint64_t v = 0;

	if (at[0] == '0' && at[1] == 'x') {
		base = 16;
		at += 2;
	}
	for (; digit_of(*at) < base; at++) {
		v = v * base + digit_of(*at);
	}
	*text = at;
	return v;
}

uint64_t boot_find_number(const char *text, const char *key)
{
	const char *at = find_word(text, key);

	return at != NULL ? read_number(&at) : 0;
}

static void read_ranges(const char *text)
{
	while ((text = find_word(text, "ram=")) != NULL) {
		uint64_t start = read_number(&text);

		if (*text == '+') {
			text++;
			boot_add_ram(start, start + read_number(&text));
		}
	}
}

void boot_read_command_line(const char *text)
{
	uint64_t percent = boot_find_number(text, "percent=");

	contract_print("# command line: %s\n", text);
	contract_machine.want_mib =
		(unsigned long)boot_find_number(text, "mem=");
	contract_machine.want_cpus =
		(unsigned long)boot_find_number(text, "cpus=");
	if (percent != 0) {
		contract_machine.load_percent = (unsigned int)percent;
	}
	read_ranges(text);
}
