/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_free.c - free many single frames of one owner, listed in any order
 *
 * Model       The entries are sorted into words (heap/frame_words.c), as they come,
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
#include "page/mark.h"
#include "page/owner.h"

/* The frames of a word, as bits of their numbers. */
#define WORD_MASK (XMEM_WORD_BITS - 1UL)

/* Words of a batch, a power of two. */
#define NR_SLOTS 16U

/* A block that goes back at once, if all of its words are in the batch. */
#define BLOCK_ORDER 9U
#define BLOCK_WORDS ((1U << BLOCK_ORDER) / XMEM_WORD_BITS)

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
	unsigned long word = xmem_word_of(pg);

	if ((word & WORD_XEN) != 0) {
		return "a xenheap page";
	}
	if ((word & WORD_REFS) != 0) {
		return xmem_page_is_vmalloc(pg) ? "memory of vmalloc"
						: "still referenced";
	}
	if ((word & WORD_OWNED) != 0) {
		return "of another owner";
	}
	return d != NULL ? "nobody's" : "free already, in the cache of a CPU";
}

/* ---- a batch comes together ---- */

static void empty(struct batch *b)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		b->slot[i].frames = 0;
	}
}

/* The slot of the word at frame @first; NULL if the batch has no room. */
static struct slot *find_slot(struct batch *b, unsigned long first)
{
	unsigned int start = (unsigned int)(first >> XMEM_WORD_SHIFT);

	for (unsigned int n = 0; n < NR_SLOTS; n++) {
		struct slot *slot = &b->slot[(start + n) % NR_SLOTS];

		if (slot->frames == 0) {
			slot->first = first;
		}
		if (slot->first == first) {
			return slot;
		}
	}
	return NULL;
}

/* Is entry @i + @n that of frame @mfn + @n, in the same word as frame @mfn of
 * entry @i? Then its descriptor is as far behind. */
static inline bool goes_on(const struct batch *b, unsigned long i,
			   unsigned long mfn, unsigned long n)
{
	if (MAX_NUMNODES > 1 && heap_node_of(mfn + n) != b->node) {
		return false;
	}
	return b->mfns != NULL ? b->mfns[i + n] == mfn + n
			       : b->pages[i + n] == b->pages[i] + n;
}

/* How many entries from @i on, at least 1, at most @nr, are a run of frames of
 * the word of frame @mfn, the first one. */
static unsigned long run_length(const struct batch *b, unsigned long i,
				unsigned long nr, unsigned long mfn)
{
	unsigned long most = XMEM_WORD_BITS - (mfn & WORD_MASK);
	unsigned long n = 1;

	most = most < nr ? most : nr;
	while (n < most && goes_on(b, i, mfn, n)) {
		n++;
	}
	return n;
}

/* Panic: the run at entry @i, of frames from @mfn on, has @twice of the word.
 */
XMEM_COLD static void refuse_twice(const struct batch *b, unsigned long i,
				   unsigned long mfn, uint64_t twice)
{
	unsigned long n = xmem_ffs64(twice) - (mfn & WORD_MASK);

	XMEM_PANIC_IF(true,
		      "xmem_free_frames: entry %lu: frame %lx is in the list "
		      "twice, caller %p\n",
		      i + n, mfn + n, b->caller);
}

/* Sort entries @i to @nr - 1 of the list into words, until there is no room, or
 * a frame is on another node. Return: the first entry that has not been sorted.
 */
static unsigned long collect(struct batch *b, unsigned long i, unsigned long nr)
{
	b->from = i;
	b->node = heap_node_of(frame_of(b, i));
	while (i < nr) {
		unsigned long mfn = frame_of(b, i);
		unsigned long n = run_length(b, i, nr - i, mfn);
		uint64_t frames = xmem_bits_run(
			(unsigned int)(mfn & WORD_MASK), (unsigned int)n);
		struct slot *slot = NULL;

		if (MAX_NUMNODES == 1 || heap_node_of(mfn) == b->node) {
			slot = find_slot(b, mfn & ~WORD_MASK);
		}
		if (slot == NULL) {
			break;
		}
		if (XMEM_UNLIKELY((slot->frames & frames) != 0)) {
			refuse_twice(b, i, mfn, slot->frames & frames);
		}
		slot->frames |= frames;
		i += n;
	}
	return i;
}

static inline struct xmem_buddy_word word_of(const struct slot *slot)
{
	return (struct xmem_buddy_word){slot->first, slot->frames, slot->frames};
}

/* Panic if one of the frames of @w is no RAM. */
XMEM_COLD static void refuse_holes(const struct batch *b,
				   const struct xmem_buddy_word *w)
{
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		struct fault fault = {w->first + xmem_ffs64(left), "no RAM"};

		if (!mfn_valid(_mfn(fault.mfn))) {
			refuse(b, fault);
		}
	}
}

/* See that the frames of @w have descriptors, and fetch these. */
static void fetch(const struct batch *b, const struct xmem_buddy_word *w)
{
	unsigned int low = xmem_ffs64(w->frames);
	unsigned int high = xmem_fls64(w->frames);
	uint64_t left = w->frames;

	if (!xmem_mark_is_ram(w->first + low, high - low + 1)) {
		refuse_holes(b, w);
	}
	while (left != 0) {
		struct xmem_run run = heap_next_run(w->first, &left);
		const struct page_info *pg = mfn_to_page(_mfn(run.mfn));
		const struct page_info *end = pg + run.nr;

		for (; pg < end; pg++) {
			__builtin_prefetch(pg, 1);
		}
	}
}

static void fetch_batch(const struct batch *b)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct xmem_buddy_word w = word_of(&b->slot[i]);

		if (w.frames != 0) {
			fetch(b, &w);
		}
	}
}

/* ---- the marks of a batch ---- */

/* May frame @mfn be freed as one of b->d, by what its descriptor says? If
 * nobody's, it is described: live, or part of a superpage that is. @word:
 * xmem_word_of() of it. */
static inline bool may_be_freed(const struct batch *b,
				const struct page_info *pg, unsigned long mfn,
				unsigned long word)
{
	if (b->d != NULL) {
		return (word & ~(WORD_LIVE | WORD_COUNTED)) == WORD_OWNED &&
		       xmem_page_owner(pg) == b->d;
	}
	return word == WORD_LIVE_FRAME ||
	       ((word & ~WORD_LIVE) == 0 && xmem_heap_super_of(mfn) != NULL);
}

/* Have the @nr frames from @pg on the owner @d, no reference, and all of them
 * the same word but for live bits? *@counted: all of them are, or none. */
static bool are_alike(const struct page_info *pg, unsigned long nr,
		      const struct domain *d, unsigned long *counted)
{
	const struct page_info *end = pg + nr;
	unsigned long word = xmem_word_of(pg);
	unsigned long words = 0;
	unsigned long owners = 0;

	for (; pg < end; pg++) {
		words |= xmem_word_of(pg) ^ word;
		owners |= (unsigned long)xmem_page_owner(pg) ^ (unsigned long)d;
	}
	*counted = (word & WORD_COUNTED) != 0 ? nr : 0;
	return owners == 0 && (words & ~WORD_LIVE) == 0 &&
	       (word & ~(WORD_LIVE | WORD_COUNTED)) == WORD_OWNED;
}

/* Look at the descriptors of @run. Return: the frame that must not be freed, or
 * the one behind the run. */
static unsigned long check_run(struct batch *b, struct xmem_run run)
{
	const struct page_info *pg = mfn_to_page(_mfn(run.mfn));
	unsigned long end = run.mfn + run.nr;
	unsigned long counted = 0;

	if (b->d != NULL && are_alike(pg, run.nr, b->d, &counted)) {
		b->counted += counted;
		return end;
	}
	counted = 0;
	for (; run.mfn < end; run.mfn++, pg++) {
		unsigned long word = xmem_word_of(pg);

		if (XMEM_UNLIKELY(!may_be_freed(b, pg, run.mfn, word))) {
			break;
		}
		counted += (word & WORD_COUNTED) != 0;
	}
	b->counted += counted;
	return run.mfn;
}

/* The same for the frames @left of the word at frame @first. Return: does
 * nothing forbid it? If not, *@bad is the frame. */
static bool check_marks(struct batch *b, unsigned long first, uint64_t left,
			unsigned long *bad)
{
	while (left != 0) {
		struct xmem_run run = heap_next_run(first, &left);

		*bad = check_run(b, run);
		if (XMEM_UNLIKELY(*bad != run.mfn + run.nr)) {
			return false;
		}
	}
	return true;
}

/* Remove the marks of the frames @left of the word at frame @first. If they are
 * parts of a superpage that is whole, break that (mark.h). */
static void unmark(const struct batch *b, unsigned long first, uint64_t left)
{
	struct page_info *super = left != 0 ? xmem_heap_super_of(first) : NULL;

	if (super != NULL) {
		xmem_page_break(super);
	}
	while (left != 0) {
		struct xmem_run run = heap_next_run(first, &left);
		struct page_info *pg = mfn_to_page(_mfn(run.mfn));
		struct page_info *end = pg + run.nr;

		for (; pg < end; pg++) {
			xmem_word_end(pg, b->d != NULL ? WORD_OWNED : 0);
		}
	}
}

/* ---- a batch is freed, the straight way ---- */

/* Have all frames of an owner its mark? */
static bool all_marked(struct batch *b)
{
	unsigned long bad;

	b->counted = 0;
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		if (!check_marks(b, b->slot[i].first, b->slot[i].frames,
				 &bad)) {
			return false;
		}
	}
	return true;
}

/* Do the slots from number @i on have all frames of a block? */
static bool is_block(const struct batch *b, unsigned int i)
{
	unsigned long first = b->slot[i].first;

	if (i % BLOCK_WORDS != 0 || first % (1UL << BLOCK_ORDER) != 0) {
		return false;
	}
	for (unsigned int n = 0; n < BLOCK_WORDS; n++) {
		const struct slot *slot = &b->slot[i + n];

		if (slot->frames != XMEM_WORD_FULL ||
		    slot->first != first + n * XMEM_WORD_BITS) {
			return false;
		}
	}
	return true;
}

/* Give what is in slot @i, or in the block that begins there. Return: number of
 * slots; 0, with nothing changed, if the heap refuses it. */
XMEM_REQUIRES(H)
static unsigned int give_some(struct batch *b, unsigned int i)
{
	struct xmem_buddy_word w = word_of(&b->slot[i]);
	bool described = b->d != NULL;

	if (is_block(b, i) && xmem_heap_give(b->node, w.first, BLOCK_ORDER,
					     described, true) == 0) {
		return BLOCK_WORDS;
	}
	if (w.frames != 0 && xmem_heap_give_frames(b->node, &w, described) != 0) {
		return 0;
	}
	return 1;
}

/* Give the whole batch if all of it is as most often: an owner's is described,
 * nobody's is plain. Return: false, with nothing changed, if not. */
XMEM_REQUIRES(H)
static bool give_batch(struct batch *b)
{
	unsigned int i = 0;

	while (i < NR_SLOTS) {
		unsigned int nr = give_some(b, i);

		if (XMEM_UNLIKELY(nr == 0)) {
			break;
		}
		i += nr;
	}
	if (XMEM_UNLIKELY(i < NR_SLOTS)) {
		while (i-- > 0) {
			xmem_heap_take_back(b->node, b->slot[i].first,
					    b->slot[i].frames, b->d != NULL);
		}
		return false;
	}
	return true;
}

/* ---- a batch is freed, frame by frame ---- */

/* Look at the frames of @w. */
XMEM_REQUIRES(H)
static struct fault check_word(struct batch *b, const struct xmem_buddy_word *w)
{
	struct heap_look look = xmem_heap_look(b->node, w);
	unsigned long bad;

	if (look.free != 0) {
		return (struct fault){w->first + xmem_ffs64(look.free),
				      "free already"};
	}
	if (look.unknown != 0) {
		return (struct fault){w->first + xmem_ffs64(look.unknown),
				      "unknown to the heap"};
	}
	if (!check_marks(b, w->first,
			 b->d != NULL ? w->frames : look.described, &bad)) {
		return (struct fault){
			bad, obstacle(mfn_to_page(_mfn(bad)), b->d)};
	}
	return (struct fault){0, NULL};
}

XMEM_REQUIRES(H)
static struct fault check_batch(struct batch *b)
{
	struct fault fault = {0, NULL};

	b->counted = 0;
	for (unsigned int i = 0; i < NR_SLOTS && fault.text == NULL; i++) {
		struct xmem_buddy_word w = word_of(&b->slot[i]);

		if (w.frames != 0) {
			fault = check_word(b, &w);
		}
	}
	return fault;
}

/* If the word at frame @first, of nobody's frames, is part of a superpage that
 * is whole, make all of that plain. */
XMEM_REQUIRES(H)
static void break_nobodys(struct batch *b, unsigned long first)
{
	struct page_info *super = xmem_heap_super_of(first);

	if (super != NULL &&
	    xmem_heap_describe(b->node, mfn_x(page_to_mfn(super)),
			       HEAP_SUPER_ORDER, false) == 0) {
		xmem_page_break(super);
	}
}

/* Give the frames @which of the word at frame @first, which may be given. */
XMEM_REQUIRES(H)
static void give_frames(struct batch *b, unsigned long first, uint64_t which,
			bool described)
{
	struct xmem_buddy_word w = {first, which, which};
	int rc = which != 0 ? xmem_heap_give_frames(b->node, &w, described) : 0;

	XMEM_ASSERT(rc == 0);
	(void)rc;
}

/* Check all, then give all, described and plain ones. */
XMEM_REQUIRES(H)
static XMEM_COLD struct fault give_checked(struct batch *b)
{
	struct fault fault = check_batch(b);

	for (unsigned int i = 0; i < NR_SLOTS && fault.text == NULL; i++) {
		struct xmem_buddy_word w = word_of(&b->slot[i]);
		uint64_t described = 0;

		if (w.frames != 0 && b->d == NULL) {
			break_nobodys(b, w.first);
		}
		if (w.frames != 0) {
			described = xmem_heap_look(b->node, &w).described;
		}
		unmark(b, w.first, b->d != NULL ? w.frames : described);
		give_frames(b, w.first, described, true);
		give_frames(b, w.first, w.frames & ~described, false);
	}
	return fault;
}

/* ---- a batch ---- */

/* Before the frames can be had by others, but not under the lock: tell the
 * port, if nothing is wrong. */
static struct fault tell_first(struct batch *b)
{
	struct fault fault;

	heap_node_lock(b->node);
	fault = check_batch(b);
	heap_node_unlock(b->node);
	for (unsigned int i = 0; i < NR_SLOTS && fault.text == NULL; i++) {
		uint64_t left = b->slot[i].frames;

		while (left != 0) {
			struct xmem_run run =
				heap_next_run(b->slot[i].first, &left);

			xmem_tell_range(run.mfn, run.nr, true);
		}
	}
	return fault;
}

static struct fault give(struct batch *b)
{
	struct fault fault = {0, NULL};
	bool straight;

	heap_node_lock(b->node);
	straight = (b->d == NULL || all_marked(b)) && give_batch(b);
	if (XMEM_UNLIKELY(!straight)) {
		fault = give_checked(b);
	} else if (b->d != NULL) {
		for (unsigned int i = 0; i < NR_SLOTS; i++) {
			unmark(b, b->slot[i].first, b->slot[i].frames);
		}
	}
	heap_node_unlock(b->node);
	return fault;
}

static void free_batch(struct batch *b)
{
	struct fault fault = {0, NULL};

	b->counted = 0;
	if (b->d != NULL) {
		fetch_batch(b);
	}
	if (XMEM_PORT_HEARS_FRAMES) {
		fault = tell_first(b);
	}
	if (fault.text == NULL) {
		fault = give(b);
	}
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
		empty(b);
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
