/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demo_show.c - the demo's drawings: text, tables, the heap map
 *
 * Plain text of at most 80 columns. Colours only on a terminal, and not if
 * NO_COLOR is set.
 */
#include "demo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xmem/xmem.h>

#include "xmem_host.h"

#define WIDTH 76

extern __thread char xmem_host_panic_text[512];

static unsigned int nr_headings;
static unsigned int nr_failed;

/* ---- text ---- */

static bool has_colours(void)
{
	return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
}

static const char *colour(const char *code)
{
	return has_colours() ? code : "";
}

#define BOLD   colour("\033[1m")
#define RED    colour("\033[31m")
#define GREEN  colour("\033[32m")
#define YELLOW colour("\033[33m")
#define PLAIN  colour("\033[0m")

void demo_heading(const char *text)
{
	printf("\n%s%u. %s%s\n", BOLD, ++nr_headings, text, PLAIN);
	for (size_t i = 0; i < strlen(text) + 3; i++) {
		putchar('-');
	}
	putchar('\n');
}

/* @text in lines of WIDTH columns, each behind @indent blanks. */
static void wrap(const char *text, int indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		size_t most = (size_t)(WIDTH - indent);

		if (len > most) {
			len = most;
			while (len > 0 && text[len] != ' ') {
				len--;
			}
			len = len > 0 ? len : most;
		}
		printf("%*s%.*s\n", indent, "", (int)len, text);
		text += len;
		text += strspn(text, " \n");
	}
}

void demo_say(const char *fmt, ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	wrap(text, 0);
}

void demo_line(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

void demo_gap(void)
{
	putchar('\n');
}

bool demo_expect(bool holds, const char *what)
{
	if (!holds) {
		printf("  %s!! %s%s\n", RED, what, PLAIN);
		nr_failed++;
	}
	return holds;
}

unsigned int demo_nr_failed(void)
{
	return nr_failed;
}

const char *demo_size(uint64_t bytes)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	static char text[4][32];
	static unsigned int turn;
	char *to = text[turn++ % 4];
	unsigned int u = 0;
	uint64_t rest = 0;

	while (bytes >= 1024 && u < 4) {
		rest = bytes % 1024;
		bytes /= 1024;
		u++;
	}
	if (rest != 0 && bytes < 100) {
		snprintf(to, sizeof(text[0]), "%u.%u %s", (unsigned int)bytes,
			 (unsigned int)(rest * 10 / 1024), unit[u]);
	} else {
		snprintf(to, sizeof(text[0]), "%u %s", (unsigned int)bytes,
			 unit[u]);
	}
	return to;
}

void demo_show_panic(const char *expected)
{
	if (demo_expect(xmem_host_panic_text[0] != '\0', "nothing noticed")) {
		fputs(YELLOW, stdout);
		wrap(xmem_host_panic_text, 6);
		fputs(PLAIN, stdout);
		demo_expect(strstr(xmem_host_panic_text, expected) != NULL,
			    "that is not the message expected");
	}
}

/* ---- the machine ---- */

static void map_line(unsigned long smfn, unsigned long emfn, const char *what)
{
	demo_line("  %012llx - %012llx  %10s  %s",
		  (unsigned long long)smfn << PAGE_SHIFT,
		  ((unsigned long long)emfn << PAGE_SHIFT) - 1,
		  demo_size((uint64_t)(emfn - smfn) << PAGE_SHIFT), what);
}

void demo_memory_map(void)
{
	unsigned long at = 0;
	unsigned long smfn, emfn;

	for (unsigned int i = 0; xmem_host_range_at(i, &smfn, &emfn); i++) {
		if (smfn > at) {
			map_line(at, smfn, "hole");
		}
		map_line(smfn, emfn, "RAM");
		at = emfn;
	}
}

/* ---- where things land ---- */

static unsigned long frame_of(const void *va)
{
	if (vmap_contains(va)) {
		return mfn_x(vmap_to_mfn(va));
	}
	return virt_to_mfn(va);
}

/* Runs of contiguous frames behind @nr pages from @va on; the first two. */
static unsigned int find_runs(const void *va, unsigned long nr,
			      struct xmem_run two[2])
{
	const char *page = (const char *)((unsigned long)va & PAGE_MASK);
	unsigned int runs = 0;
	unsigned long last = 0;

	for (unsigned long i = 0; i < nr; i++) {
		unsigned long mfn = frame_of(page + i * PAGE_SIZE);

		if (i == 0 || mfn != last + 1) {
			runs++;
			if (runs <= 2) {
				two[runs - 1] = (struct xmem_run){mfn, 0};
			}
		}
		if (runs <= 2) {
			two[runs - 1].nr++;
		}
		last = mfn;
	}
	return runs;
}

void demo_place_head(void)
{
	demo_line("  %-29s %9s  %-14s %-15s %s", "call", "bytes", "virtual",
		  "frames", "waste");
	demo_line("  %-29s %9s  %-14s %-15s %s",
		  "-----------------------------", "---------",
		  "--------------", "---------------", "------");
}

static void print_waste(const struct demo_place *p, char text[16])
{
	unsigned long waste = p->taken - p->size;

	snprintf(text, 16, "%lu.%lu %%", waste * 100 / p->taken,
		 waste * 1000 / p->taken % 10);
	if (waste == 0) {
		strcpy(text, "none");
	}
}

void demo_place(const struct demo_place *p)
{
	unsigned long first = (unsigned long)p->va & (PAGE_SIZE - 1);
	unsigned long nr = (first + p->size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct xmem_run run[2] = {{p->mfn, nr}, {0, 0}};
	unsigned int runs = 1;
	char waste[16], va[24], frames[48];

	strcpy(va, "not mapped");
	if (p->va != NULL) {
		runs = find_runs(p->va, nr, run);
		snprintf(va, sizeof(va), "%012lx", (unsigned long)p->va);
	}
	if (runs > 1) {
		snprintf(frames, sizeof(frames), "%lu in %u runs", nr, runs);
	} else if (run[0].nr > 1) {
		snprintf(frames, sizeof(frames), "%lx-%lx", run[0].mfn,
			 run[0].mfn + run[0].nr - 1);
	} else {
		snprintf(frames, sizeof(frames), "%lx", run[0].mfn);
	}
	print_waste(p, waste);
	demo_line("  %-29s %9lu  %-14s %-15s %s", p->call, p->size, va, frames,
		  waste);
}

unsigned int demo_frames(const void *va, unsigned long nr)
{
	struct xmem_run two[2];

	for (unsigned long i = 0; i < nr; i++) {
		const char *page = (const char *)va + i * PAGE_SIZE;

		printf("%s%6lx%s", i % 8 == 0 ? "     " : " ", frame_of(page),
		       i % 8 == 7 || i + 1 == nr ? "\n" : "");
	}
	return find_runs(va, nr, two);
}

/* ---- the heap ---- */

/* What one character of the map stands for. */
static char cell(unsigned long mfn, unsigned long nr)
{
	unsigned long used = 0;
	unsigned long dirty = 0;
	unsigned long ram = 0;

	for (unsigned long i = 0; i < nr; i++) {
		enum xmem_frame_state state;

		if (!mfn_valid(_mfn(mfn + i))) {
			continue;
		}
		ram++;
		state = xmem_heap_frame_state(mfn + i);
		used += state == XMEM_FRAME_USED || state == XMEM_FRAME_UNKNOWN;
		dirty += state == XMEM_FRAME_DIRTY;
	}
	if (ram == 0) {
		return ' ';
	}
	if (used == ram) {
		return '#';
	}
	return used > 0 ? '+' : dirty > 0 ? ':' : '.';
}

static void print_cell(char c)
{
	const char *code = c == '#'   ? RED
			   : c == '+' ? YELLOW
			   : c == ' ' ? ""
				      : GREEN;

	printf("%s%c%s", code, c, *code != '\0' ? PLAIN : "");
}

void demo_heap_map(void)
{
	unsigned long nr_frames = 0;
	unsigned long per_cell = 1;
	unsigned long smfn, emfn;

	for (unsigned int i = 0; xmem_host_range_at(i, &smfn, &emfn); i++) {
		nr_frames = emfn;
	}
	while (per_cell * 64 * 8 < nr_frames) {
		per_cell *= 2;
	}
	for (unsigned long mfn = 0; mfn < nr_frames; mfn += per_cell) {
		if (mfn % (per_cell * 64) == 0) {
			printf("  %9llx  |",
			       (unsigned long long)mfn << PAGE_SHIFT);
		}
		print_cell(cell(mfn, per_cell));
		if ((mfn / per_cell) % 64 == 63) {
			puts("|");
		}
	}
	if ((nr_frames + per_cell - 1) / per_cell % 64 != 0) {
		puts("|");
	}
	demo_line("  one character is %s: # used, + partly used, : free, "
		  ". free and zeroed",
		  demo_size((uint64_t)per_cell << PAGE_SHIFT));
}

void demo_free_blocks(void)
{
	struct xmem_heap_stats stats;
	unsigned long most = 1;

	xmem_heap_get_stats(0, &stats);
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		unsigned long nr = stats.free_blocks[k] << k;

		most = nr > most ? nr : most;
	}
	demo_line("  order  block size    blocks  share of free memory");
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		unsigned long nr = stats.free_blocks[k];
		unsigned long bar = ((nr << k) * 36 + most - 1) / most;

		if (nr > 0) {
			printf("  %5u  %10s  %8lu  ", k,
			       demo_size((uint64_t)PAGE_SIZE << k), nr);
			while (bar-- > 0) {
				putchar('=');
			}
			putchar('\n');
		}
	}
}
