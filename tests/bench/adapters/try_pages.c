/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * try_pages.c - the adapter of pages, frames of nobody
 *
 * include: tests/bench/adapters/port tests/bench/adapters
 * link: src/lib/ src/frame/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * native: the windows of port/arch/layout.h are those of an x86-64 process
 */
#include "try_pages.h"

int main(void)
{
	return try_pages();
}
