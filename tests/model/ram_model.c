/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ram_model.c - messy memory maps at random, against a bitmap of frames
 *
 * A machine of few frames and a table of few entries, so that every kind of
 * trouble is frequent, alone and with others. After each range exactly the
 * frames that belong in are RAM and nothing else has changed; and every byte
 * of the range is accounted for: it lies in a frame that was added, in frame
 * 0, or in one message and one only, whose reason is true of it. Between the
 * ranges memory is taken and given back.
 *
 * link: tests/unit/page/fake.c src/page/[a-z]*.c src/lib/[a-z]*.c
 * link: src/boot/[a-z]*.c
 * flags: -DXMEM_CONFIG_BOOT_REGIONS=24
 * include: tests/unit/page/include tests/unit/page
 */
#include "../unit/boot/ignored.h"

#include "boot/boot_priv.h"

#define FRAMES 256UL /* of the machine: its addresses have so many */
#define BITS   (PAGE_SHIFT + 8)
#define TOP    PA(FRAMES)
#define SPARE  8 /* what ram.c leaves for allocations */

enum { NONE, FREE, USED };

/* The oracle: state of each frame. */
static unsigned char model[FRAMES];
static uint64_t seed = 4711;

static uint64_t die(uint64_t n)
{
	return (test_random(&seed) >> 11) % n;
}

/* ---- ranges ---- */

/* An address at which things tend to go wrong. */
static paddr_t random_border(void)
{
	unsigned int i = (unsigned int)die(xmem_boot.nr + 1);

	switch (die(8)) {
	case 0:
		return TOP;
	case 1:
		return 0;
	case 2:
		return PA(fake.node_frames * die(4));
	case 3:
		return (paddr_t)1 << die(64);
	case 4:
	case 5:
		if (i < xmem_boot.nr) {
			return PA(die(2) ? xmem_boot.piece[i].start
					 : xmem_boot.piece[i].end);
		}
		return die(TOP);
	default:
		return PA(die(FRAMES + 4));
	}
}

/* A few bytes or a page beside it, or nothing. */
static paddr_t random_step(void)
{
	static const paddr_t steps[] = {0, 0, 0, 0, 1, PAGE_SIZE, 7};
	paddr_t step = steps[die(7)];

	return die(2) ? step : 0 - step;
}

static void random_range(paddr_t *start, paddr_t *size)
{
	*start = random_border() + random_step();
	*size = random_border() + random_step() - *start;
	switch (die(16)) {
	case 0:
		*size = test_random(&seed);
		break;
	case 1:
		*size = 0;
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		*size = PA(1 + die(20));
		break;
	case 6:
		*size = die(3 * PAGE_SIZE);
		break;
	default:
		break;
	}
}

/* ---- what must come of a range ---- */

static unsigned int node_of(unsigned long f)
{
	return fake_mfn_to_node(f);
}

/* Are @a and @a + 1 of one piece? */
static bool is_one(unsigned long a)
{
	return model[a] == model[a + 1] && node_of(a) == node_of(a + 1);
}

static unsigned int nr_pieces(void)
{
	unsigned int nr = 0;

	for (unsigned long f = 1; f < FRAMES; f++) {
		nr += model[f] != NONE && !is_one(f - 1);
	}
	return nr;
}

/* Is frame @f all in the range? Such that nothing can overflow. */
static bool is_inside(unsigned long f, paddr_t start, paddr_t size)
{
	return PA(f) >= start && PA(f) - start < size &&
	       size - (PA(f) - start) >= PAGE_SIZE;
}

/* Frames [@from, @to) of one node were no RAM. Return: do they fit? */
static bool fits(unsigned long from, unsigned long to)
{
	return nr_pieces() + 1 + SPARE <= XMEM_CONFIG_BOOT_REGIONS ||
	       (model[from - 1] == FREE &&
		node_of(from - 1) == node_of(from)) ||
	       (to < FRAMES && model[to] == FREE &&
		node_of(to) == node_of(from));
}

/* Messages: how many bytes with which reason. */
enum { EMPTY, WHOLE, GIVEN, WIDE, FULL, NR_REASONS };
static const char *const reasons[] = {"empty", "no whole page", "given before",
				      "address too wide",
				      "raise XMEM_CONFIG_BOOT_REGIONS"};
static const int errors[] = {-EINVAL, -EINVAL, -EEXIST, -ERANGE, -ENOSPC};
static unsigned long nr_seen[NR_REASONS];

static void is_true_of(const struct ignored *i, unsigned int why)
{
	for (unsigned long f = 0; f < FRAMES; f++) {
		bool meets = PA(f) >= i->start ? PA(f) - i->start < i->size
					       : i->start - PA(f) < PAGE_SIZE;

		if (i->size == 0 || !meets) {
			continue;
		}
		assert_int_not_equal(why, WIDE);
		assert_int_not_equal(f, 0);
		assert_int_equal(why == GIVEN, model[f] != NONE);
		if (why == FULL) {
			assert_true(is_inside(f, i->start, i->size));
		}
	}
}

/* Message @i is inside the range and speaks the truth. Return: reason. */
static unsigned int check_message(const struct ignored *i, paddr_t start,
				  paddr_t size)
{
	unsigned int why = 0;

	while (why < NR_REASONS && strcmp(i->why, reasons[why]) != 0) {
		why++;
	}
	assert_true(why < NR_REASONS);
	nr_seen[why]++;
	assert_true(i->start - start <= size &&
		    i->size <= size - (i->start - start));
	assert_int_equal(i->size == 0, size == 0);
	assert_int_equal(why == EMPTY, size == 0);
	if (why == WIDE) {
		assert_true(i->start >= TOP);
		assert_true(i->start == TOP || i->start == start);
		assert_true(i->size == size - (i->start - start));
	}
	is_true_of(i, why);
	return why;
}

/* The messages do not overlap; the first is the one about the width if there
 * is one, the others ascend. */
static void check_order(void)
{
	for (unsigned int k = 1; k < nr_ignored; k++) {
		const struct ignored *a = &ignored[k - 1];
		const struct ignored *b = &ignored[k];

		if (strcmp(a->why, reasons[WIDE]) == 0) {
			assert_int_equal(k, 1);
			assert_true(b->start + b->size <= a->start);
		} else {
			assert_true(a->start + a->size <= b->start);
		}
	}
}

/* Is [PA(from), PA(to)) what a message says for want of room? */
static bool was_refused(unsigned long from, unsigned long to)
{
	for (unsigned int k = 0; k < nr_ignored; k++) {
		if (strcmp(ignored[k].why, reasons[FULL]) == 0 &&
		    ignored[k].start == PA(from) &&
		    ignored[k].size == PA(to - from)) {
			return true;
		}
	}
	return false;
}

/* What was no RAM and is inside becomes RAM, as far as there is room: a node's
 * part of a gap at a time. Return: bytes added. */
static paddr_t add_to_model(paddr_t start, paddr_t size)
{
	bool wanted[FRAMES + 1] = {false};
	paddr_t added = 0;

	for (unsigned long f = 1; f < FRAMES; f++) {
		wanted[f] = model[f] == NONE && is_inside(f, start, size);
	}
	for (unsigned long from = 1, to; from < FRAMES; from = to) {
		to = from + 1;
		if (!wanted[from]) {
			continue;
		}
		while (wanted[to] && node_of(to) == node_of(from)) {
			to++;
		}
		assert_int_equal(was_refused(from, to), !fits(from, to));
		if (fits(from, to)) {
			memset(&model[from], FREE, to - from);
			added += PA(to - from);
		}
	}
	return added;
}

/* Bytes of [@start, @start + @size) in frame 0, without wrap. */
static paddr_t bytes_in_frame_0(paddr_t start, paddr_t size)
{
	paddr_t most = start < PAGE_SIZE ? PAGE_SIZE - start : 0;

	return size < most ? size : most;
}

/* The table says what the model says. */
static void check_table(void)
{
	unsigned long at = 1;

	assert_int_equal(xmem_boot.nr, nr_pieces());
	for (unsigned int i = 0; i < xmem_boot.nr; i++) {
		const struct boot_piece *p = &xmem_boot.piece[i];

		assert_true(p->start >= at && p->start < p->end &&
			    p->end <= FRAMES);
		for (; at < p->end; at++) {
			unsigned char is = p->used ? USED : FREE;

			assert_int_equal(model[at], at < p->start ? NONE : is);
		}
	}
	for (; at < FRAMES; at++) {
		assert_int_equal(model[at], NONE);
	}
}

static void step_range(void)
{
	paddr_t start, size, accounted;
	int last = 0;
	int rc;

	random_range(&start, &size);
	nr_ignored = 0;
	rc = xmem_boot_add_ram(start, size);
	accounted = bytes_in_frame_0(start, size);
	for (unsigned int k = 0; k < nr_ignored; k++) {
		int error = errors[check_message(&ignored[k], start, size)];

		last = last == -ENOSPC ? last : error;
		accounted += ignored[k].size;
	}
	check_order();
	accounted += add_to_model(start, size);
	assert_int_equal(nr_other, 0);
	assert_int_equal(rc, last);
	assert_true(accounted == size);
	assert_int_equal(size == 0, rc != 0 && ignored[0].size == 0);
}

/* ---- memory in use ---- */

static void step_take(void)
{
	unsigned long nr = 1 + die(6);
	unsigned long smfn = die(FRAMES);
	unsigned long emfn = smfn + die(40);
	unsigned long mfn;

	if (xmem_boot.nr + 2 > XMEM_CONFIG_BOOT_REGIONS) {
		return; /* No entry may be left for a cut. */
	}
	mfn = mfn_x(xmem_alloc_boot_pages_in(nr, 1UL << die(3), smfn, emfn));
	if (mfn == XMEM_NO_MFN) {
		return;
	}
	assert_true(mfn >= smfn && mfn + nr <= emfn);
	for (unsigned long f = mfn; f < mfn + nr; f++) {
		assert_int_equal(model[f], FREE);
		model[f] = USED;
	}
}

static void step_give(void)
{
	unsigned long f = die(FRAMES);

	if (xmem_boot.nr + 2 > XMEM_CONFIG_BOOT_REGIONS) {
		return;
	}
	assert_int_equal(xmem_boot_give_back(_mfn(f)), model[f] == USED);
	if (model[f] == USED) {
		model[f] = FREE;
	}
}

static void new_machine(void)
{
	memset(&xmem_boot, 0, sizeof(xmem_boot));
	memset(model, NONE, sizeof(model));
	fake.node_frames = die(3) == 0 ? 20 + die(100) : ~0UL;
	xmem_boot_paddr_bits(BITS);
}

/* Machines of 1 to 60 ranges each. */
static void messy_maps_agree_with_the_model(void **state)
{
	unsigned long steps = test_steps(600000);
	unsigned long left = 0;

	(void)state;
	fake_reset();
	while (steps > 0) {
		if (left == 0) {
			new_machine();
			left = 1 + die(60);
		}
		switch (die(8)) {
		case 0:
			step_take();
			break;
		case 1:
			step_give();
			break;
		default:
			step_range();
			steps--;
			left--;
		}
		check_table();
	}
	for (unsigned int why = 0; why < NR_REASONS; why++) {
		assert_true(nr_seen[why] > 0);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(messy_maps_agree_with_the_model),
};

TEST_MAIN(tests)
