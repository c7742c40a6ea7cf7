/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demo.h - how the demo draws and checks; demo.c tells the story
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdbool.h>
#include <stdint.h>

/* A numbered heading; text in paragraphs of 76 columns. */
void demo_heading(const char *text);
__attribute__((format(printf, 1, 2))) void demo_say(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void demo_line(const char *fmt, ...);

void demo_gap(void);

/* Something that must hold: printed only if it does not. */
bool demo_expect(bool holds, const char *what);
unsigned int demo_nr_failed(void);

/* "640 KiB", "1.5 GiB": eight columns at most, a static buffer of four. */
const char *demo_size(uint64_t bytes);

/* Statement that panics: the message is printed, wrapped. */
#define DEMO_PANIC(statement, text)                                  \
	do {                                                         \
		jmp_buf catcher_;                                    \
		xmem_host_panic_catcher = &catcher_;                 \
		demo_line("  %s", #statement ";");                   \
		if (setjmp(catcher_) == 0) {                         \
			statement;                                   \
			xmem_host_panic_text[0] = '\0';              \
		}                                                    \
		xmem_host_panic_catcher = NULL;                      \
		xmem_host_drop_locks();                              \
		demo_show_panic(text);                               \
	} while (0)
void demo_show_panic(const char *expected);

/* Physical memory, holes included, from the machine's ranges. */
void demo_memory_map(void);

/* Where an allocation landed. @va: any address of it, NULL = not mapped. */
struct demo_place {
	const char *call;    /* as the reader would write it */
	unsigned long size;  /* bytes asked for */
	unsigned long taken; /* bytes used for it */
	const void *va;
	unsigned long mfn; /* first frame, where there is no @va */
};
void demo_place_head(void);
void demo_place(const struct demo_place *place);

/* Frames behind @nr pages from @va on, eight a line. Return: runs. */
unsigned int demo_frames(const void *va, unsigned long nr);

/* One character for so many frames that a line of 64 and at most 8 lines
 * show all RAM. */
void demo_heap_map(void);

/* Free blocks by order, as bars. */
void demo_free_blocks(void);

#endif /* DEMO_H */
