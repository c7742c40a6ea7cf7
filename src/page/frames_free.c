/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_free.c - free many single frames of one owner, listed in any order
 *
 * Model       The entries are sorted into words (heap/words.c), as they come,
 *             until one more word has no room: that is a batch. What is
 *             ascending, or only shuffled within some words, goes back by
 *             whole words. In one lock hold, first all frames of the batch on
 *             a node are looked at; then all are given, and lose their marks.
 *             So a bad entry is found before anything of that lock hold has
 *             changed, and of two frees of a frame on two CPUs only one finds
 *             its mark (mark.h).
 * Descriptors Read without the lock first, so that they are in the cache of
 *             the CPU when it is held. Those of nobody's frames are neither
 *             read nor written, unless the heap says that somebody else has
 *             described them: a frame of a CPU's cache is live.
 * Cost        A word costs about as much as a free of one frame. The batch is
 *             a table of words on the stack, found by the last bits of their
 *             numbers.
 * Locking     (H) for a batch, (D) after it.
 */
#include <xmem/pages.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/relax.h"
#include "lib/tell.h"
#include "page/live_shim.h"
#include "page/mark.h"
#include "page/owner.h"

/* Words of a batch lie in one block of the largest order, so their descriptors
 * follow each other. */
#define WORD_SHIFT (XMEM_WORD_SHIFT < MAX_ORDER ? XMEM_WORD_SHIFT : MAX_ORDER)
#define WORD_MASK  ((1UL << WORD_SHIFT) - 1)

/* Places for words: some stay empty, so that a search ends. */
#define NR_SLOTS 16U
_Static_assert(HEAP_WORDS < NR_SLOTS, "a search ends at an empty slot");

struct slot {
	unsigned long first; /* the frame of bit 0 */
	uint64_t frames;     /* 0: the slot is empty */
};

struct batch {
	/* What the caller wants freed: one of the two lists. */
	const unsigned long *mfns;
	struct page_info *const *pages;
	struct domain *d;
	const void *caller;
	/* The batch itself. */
	struct heap_node *node;
	unsigned long from; /* its first entry in the list */
	unsigned long counted; /* of its frames, in the quota of @d */
	unsigned int nr_words;
	bool described; /* one of its frames at least: see heap.h */
	struct slot slot[NR_SLOTS];
};

/* ---- what is wrong ---- */

/* Is @pg the descriptor of frame @mfn, or any at all? The asm: see domheap.c. */
static bool is_descriptor(const struct page_info *pg, unsigned long mfn)
{
	__asm__("" : "+r"(mfn));
	return mfn_valid(_mfn(mfn)) && mfn_to_page(_mfn(mfn)) == pg;
}

/* The frame of entry @i. */
static inline unsigned long frame_of(const struct batch *b, unsigned long i)
{
	const struct page_info *pg;
	unsigned long mfn;

	if (b->mfns != NULL) {
		return b->mfns[i];
	}
	pg = b->pages[i];
	mfn = mfn_x(page_to_mfn(pg));
	XMEM_PANIC_IF(!is_descriptor(pg, mfn),
		      "xmem_free_frames: entry %lu: %p is no page descriptor, "
		      "caller %p\n",
		      i, (const void *)pg, b->caller);
	return mfn;
}

/* What must not be freed, and why. */
struct fault {
	unsigned long mfn;
	const char *text; /* NULL: there is nothing wrong */
};

/* Panic: @fault is in the batch. */
XMEM_COLD static void refuse(const struct batch *b, struct fault fault)
{
	unsigned long i = b->from;

	while (frame_of(b, i) != fault.mfn) {
		i++;
	}
	XMEM_PANIC_IF(true,
		      "xmem_free_frames: entry %lu: frame %lx is %s, caller "
		      "%p\n",
		      i, fault.mfn, fault.text, b->caller);
}

/* Why the frame of @pg, which is in use, must not be freed as one of @d. */
XMEM_COLD static const char *obstacle(const struct page_info *pg,
				      const struct domain *d)
{
	if (is_xen_heap_page(pg)) {
		return "a xenheap page";
	}
	if (xmem_page_refs(pg) != 0) {
		return xmem_page_is_vmalloc(pg) ? "memory of vmalloc"
						: "still referenced";
	}
	if (xmem_page_owner(pg) != NULL) {
		return "of another owner";
	}
	return d != NULL ? "nobody's" : "free already";
}

/* ---- a batch comes together ---- */

/* The slot of the word at frame @first; NULL if the batch has no room. */
static struct slot *find_slot(struct batch *b, unsigned long first)
{
	unsigned int i = (unsigned int)(first >> WORD_SHIFT) & (NR_SLOTS - 1);

	while (b->slot[i].frames != 0) {
		if (b->slot[i].first == first) {
			return &b->slot[i];
		}
		i = (i + 1) & (NR_SLOTS - 1);
	}
	if (b->nr_words == HEAP_WORDS) {
		return NULL;
	}
	b->nr_words++;
	b->slot[i].first = first;
	return &b->slot[i];
}

/* Sort entries @i to @nr - 1 of the list into words, until there is no room, or
 * a frame is on another node. Return: the first entry that has not been sorted. */
static unsigned long collect(struct batch *b, unsigned long i, unsigned long nr)
{
	struct slot *slot = NULL;
	unsigned long first = ~0UL; /* of @slot */

	b->from = i;
	b->nr_words = 0;
	b->node = heap_node_of(frame_of(b, i));
	for (; i < nr; i++) {
		unsigned long mfn = frame_of(b, i);
		uint64_t bit = xmem_bit((unsigned int)(mfn & WORD_MASK));

		if (MAX_NUMNODES > 1 && heap_node_of(mfn) != b->node) {
			break;
		}
		if ((mfn & ~WORD_MASK) != first) {
			first = mfn & ~WORD_MASK;
			slot = find_slot(b, first);
			if (slot == NULL) {
				break;
			}
		}
		if (XMEM_UNLIKELY((slot->frames & bit) != 0)) {
			XMEM_PANIC_IF(true,
				      "xmem_free_frames: entry %lu: frame %lx "
				      "is in the list twice, caller %p\n",
				      i, mfn, b->caller);
		}
		slot->frames |= bit;
	}
	return i;
}

static inline struct heap_word word_of(const struct slot *slot)
{
	return (struct heap_word){slot->first, slot->frames, slot->frames};
}

/* The descriptor of the lowest frame of @w. */
static struct page_info *first_page(const struct heap_word *w)
{
	return mfn_to_page(_mfn(w->first + xmem_ffs64(w->frames)));
}

/* The descriptor of the lowest frame of @left, of @w; @pg: first_page(). */
static struct page_info *page_of(const struct heap_word *w,
				 struct page_info *pg, uint64_t left)
{
	return pg + (xmem_ffs64(left) - xmem_ffs64(w->frames));
}

/* Panic if one of the frames of @w is no RAM. */
XMEM_COLD static void refuse_holes(const struct batch *b,
				   const struct heap_word *w)
{
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		struct fault fault = {w->first + xmem_ffs64(left), "no RAM"};

		if (!mfn_valid(_mfn(fault.mfn))) {
			refuse(b, fault);
		}
	}
}

/* See that the frames of @w have descriptors, and fetch these. */
static void fetch(const struct batch *b, const struct heap_word *w)
{
	unsigned int low = xmem_ffs64(w->frames);
	unsigned int high = xmem_fls64(w->frames);
	struct page_info *pg;

	if (!xmem_mark_is_ram(w->first + low, high - low + 1)) {
		refuse_holes(b, w);
	}
	pg = first_page(w);
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		__builtin_prefetch(page_of(w, pg, left), 1);
	}
}

static void fetch_batch(const struct batch *b)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct heap_word w = word_of(&b->slot[i]);

		if (w.frames != 0) {
			fetch(b, &w);
		}
	}
}

/* ---- a batch is looked at ---- */

/* May the frame of @pg be freed as one of b->d? */
static inline bool may_be_freed(const struct batch *b,
				const struct page_info *pg)
{
	return xmem_mark_is(pg, false, b->d) &&
	       (b->d != NULL || xmem_page_live(pg) == XMEM_LIVE_FRAME);
}

/* Look at the descriptors of the frames @left of @w, not 0. */
static struct fault check_marks(struct batch *b, const struct heap_word *w,
				uint64_t left)
{
	struct page_info *pg = first_page(w);

	for (; left != 0; left &= left - 1) {
		const struct page_info *at = page_of(w, pg, left);

		if (XMEM_UNLIKELY(!may_be_freed(b, at))) {
			return (struct fault){w->first + xmem_ffs64(left),
					      obstacle(at, b->d)};
		}
		b->counted += xmem_page_is_counted(at);
	}
	return (struct fault){0, NULL};
}

/* Look at the frames of @w, on b->node. */
XMEM_REQUIRES(H)
static struct fault check_word(struct batch *b, const struct heap_word *w)
{
	struct heap_look look = xmem_heap_look(b->node, w);
	uint64_t marked = b->d != NULL ? w->frames : look.described;

	if (XMEM_UNLIKELY(look.free != 0)) {
		return (struct fault){w->first + xmem_ffs64(look.free),
				      "free already"};
	}
	if (XMEM_UNLIKELY(look.unknown != 0)) {
		return (struct fault){w->first + xmem_ffs64(look.unknown),
				      "unknown to the heap"};
	}
	if (marked == 0) {
		return (struct fault){0, NULL};
	}
	b->described = true;
	return check_marks(b, w, marked);
}

XMEM_REQUIRES(H)
static struct fault check_batch(struct batch *b)
{
	struct fault fault = {0, NULL};

	b->counted = 0;
	b->described = false;
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct heap_word w = word_of(&b->slot[i]);

		if (w.frames != 0) {
			fault = check_word(b, &w);
		}
		if (XMEM_UNLIKELY(fault.text != NULL)) {
			break;
		}
	}
	return fault;
}

/* ---- a batch is freed ---- */

/* Remove the marks of the frames @left of @w. */
static void unmark(const struct heap_word *w, uint64_t left)
{
	struct page_info *pg = first_page(w);

	for (; left != 0; left &= left - 1) {
		struct page_info *at = page_of(w, pg, left);

		xmem_page_set_live(at, 0);
		xmem_page_release(at);
	}
}

/* Give the frames of @w, all of which may be freed. */
XMEM_REQUIRES(H)
static void give_word(struct batch *b, const struct heap_word *w)
{
	if (b->d != NULL) {
		unmark(w, w->frames);
	} else if (b->described) {
		unmark(w, xmem_heap_look(b->node, w).described);
	}
	xmem_heap_give_word(b->node, w, b->d != NULL);
}

/* Before the frames can be had by others, but not under the lock: tell the
 * port, if it hears and nothing is wrong. */
static struct fault tell_first(struct batch *b)
{
	struct fault fault;

	heap_node_lock(b->node);
	fault = check_batch(b);
	heap_node_unlock(b->node);
	for (unsigned int i = 0; i < NR_SLOTS && fault.text == NULL;
	     i++) {
		for (uint64_t left = b->slot[i].frames; left != 0;) {
			unsigned int bit = xmem_ffs64(left);
			unsigned int nr = heap_word_run(left, left);

			xmem_tell_range(b->slot[i].first + bit, nr, true);
			left &= ~xmem_bits_run(bit, nr);
		}
	}
	return fault;
}

/* Free what has been collected, and empty the batch. */
static void free_batch(struct batch *b)
{
	struct fault fault = {0, NULL};

	if (b->d != NULL) {
		fetch_batch(b);
	}
	if (XMEM_PORT_HEARS_FRAMES) {
		fault = tell_first(b);
	}
	heap_node_lock(b->node);
	if (fault.text == NULL) {
		fault = check_batch(b);
	}
	for (unsigned int i = 0; i < NR_SLOTS && fault.text == NULL;
	     i++) {
		struct heap_word w = word_of(&b->slot[i]);

		if (w.frames != 0) {
			give_word(b, &w);
			b->slot[i].frames = 0;
		}
	}
	heap_node_unlock(b->node);
	if (XMEM_UNLIKELY(fault.text != NULL)) {
		refuse(b, fault);
	}
	if (b->counted > 0) {
		xmem_owner_release(b->d, b->counted);
	}
}

static unsigned long free_frames(struct batch *b, unsigned long nr)
{
	unsigned long done = 0;

	nr = nr < XMEM_FRAMES_A_CALL ? nr : XMEM_FRAMES_A_CALL;
	while (done < nr) {
		done = collect(b, done, nr);
		free_batch(b);
		xmem_port_relax();
	}
	return done;
}

XMEM_API_PAGES unsigned long xmem_free_frames(struct domain *d,
					      const unsigned long *mfns,
					      unsigned long nr)
{
	struct batch b = {.mfns = mfns, .d = d, .caller = XMEM_CALLER()};

	return free_frames(&b, nr);
}

XMEM_API_PAGES unsigned long xmem_free_frame_pages(
	struct domain *d, struct page_info *const *pages, unsigned long nr)
{
	struct batch b = {.pages = pages, .d = d, .caller = XMEM_CALLER()};

	return free_frames(&b, nr);
}
