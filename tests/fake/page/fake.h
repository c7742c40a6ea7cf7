/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake.h - a machine of frames without contents, for the page layer alone
 *
 * It follows the free set through the hooks of the port (and notes what they
 * get wrong), and knows by a byte a frame, its stain, whether it may hold an
 * earlier user's data. Frames have real memory only for metadata.
 */
#ifndef FAKE_H
#define FAKE_H

#include "test.h"

#include <xmem/admin.h>
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>
#include <xmem/port.h>

#define PA(mfn) ((paddr_t)(mfn) << PAGE_SHIFT)

struct fake {
	unsigned long node_frames;  /* frames of each node; ~0UL: one node */
	unsigned int node_turns;    /* then it is node 0's turn again; 0: no */
	bool nodes_unknown;	    /* who asks for one is told, and lied to */
	unsigned int cpu_node;	    /* node of every CPU */
	unsigned long fail_nth;	    /* this allocation call fails, from 1 on */
	bool fail_after;	    /* and all behind it */
	bool track;		    /* follow the free set: small machines */
	void (*on_alloc)(void);	    /* what happens during the next call */
	void (*on_lock_init)(void); /* when the next lock is set up */
	void (*on_relax)(void);	    /* and during the next pause */
	unsigned int (*next_node)(unsigned int first, unsigned int node);
	/* What happened. */
	unsigned long nr_calls;	   /* allocation calls since fake_fail() */
	unsigned long nr_scrubbed; /* frames */
	unsigned long nr_relaxed;
	unsigned long nr_node_calls; /* questions of what node a frame is on */
	unsigned long nr_flushed;    /* frames, to RAM */
	unsigned long nr_icache;     /* calls, instruction caches too */
	unsigned char flushed_stain; /* of the first frame flushed last */
	unsigned long nr_taken;	     /* frames the hook was told of */
	unsigned long nr_given;
	unsigned long hook_errors;  /* a lie, no lock held, asked too early */
	unsigned int largest_given; /* order */
};
extern struct fake fake;
extern unsigned char fake_stain[]; /* may hold old data */
extern unsigned char fake_free[];  /* what the hooks told */

/* Everything as at power-on: no heap, one node, full layout, no failures. */
void fake_reset(void);
int fake_setup(void **state);

/* Frames [@smfn, @emfn) as a span, with metadata from outside the machine;
 * all of them used. */
void fake_span(unsigned long smfn, unsigned long emfn, bool xen);

/* The same, and all of them free. */
void fake_add(unsigned long smfn, unsigned long emfn, bool xen);

/* Frames [@smfn, @emfn) are no RAM: not valid, and the pages of the frame
 * table that would describe nothing else are not there. */
void fake_make_hole(unsigned long smfn, unsigned long emfn);

/* Let the @nth allocation call from now on fail, 0: none; and all behind it,
 * if @after. */
void fake_fail(unsigned long nth, bool after);

/* Nothing wrong: validator, hooks, and the hooks' free set is the heap's. */
void fake_check(void);

static inline unsigned long mfn_of(const struct page_info *pg)
{
	return mfn_x(page_to_mfn(pg));
}

/* Take every frame there is, one by one. Return: how many. */
static inline unsigned long drain(unsigned int memflags)
{
	unsigned long nr = 0;

	while (alloc_domheap_pages(NULL, 0, memflags | MEMF_no_scrub)) {
		nr++;
	}
	return nr;
}

/*
 * Code with state that cannot be reset runs in a child. If an assertion
 * fails there, the child aborts, and the test fails.
 */
void fake_run_in_child(void (*body)(void));

#define CHILD_TEST(name)                        \
	static void name##_body(void);          \
	static void name(void **state)          \
	{                                       \
		(void)state;                    \
		fake_run_in_child(name##_body); \
	}                                       \
	static void name##_body(void)

#endif /* FAKE_H */
