/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ram_model.c - messy memory maps at random, against a map of frames and bytes
 *
 * A machine of few frames and a table of few entries, so that every kind of
 * trouble is frequent, alone and with others. After each range exactly the
 * frames that belong in are RAM and nothing else has changed; and every byte
 * of the range is accounted for: it lies in a frame that was added, it waits
 * for the rest of its page, it lies in frame 0, or in one message and one
 * only, whose reason is true of it. Between the ranges memory is taken,
 * reserved and given back, which always succeeds, however full the table is;
 * what it costs then is the smallest piece there is, and named.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * link: src/boot/[a-z]*.c
 * flags: -DXMEM_CONFIG_BOOT_REGIONS=24
 * include: tests/fake/page/include tests/fake/page
 */
#include "../unit/boot/ignored.h"

#include "boot/boot_priv.h"
#include "lib/phase.h"

#define FRAMES 256UL /* of the machine: its addresses have so many */
#define BITS   (PAGE_SHIFT + 8)
#define TOP    PA(FRAMES)
#define SPARE  8 /* what RAM leaves for allocations */

enum { NONE, FREE, USED };

/* The oracle: state of each frame. Of one that is no RAM, the bytes that were
 * given, and in how many runs. */
static unsigned char model[FRAMES + 1];
static unsigned char given[FRAMES][PAGE_SIZE];
static unsigned int nr_runs[FRAMES];
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

	if (xmem_boot.nr_fragments > 0 && die(4) == 0) {
		i = (unsigned int)die(xmem_boot.nr_fragments);
		return die(2) ? boot_fragment_start(i) : boot_fragment_end(i);
	}
	switch (die(8)) {
	case 0:
		return TOP;
	case 1:
		return 0;
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

/* Are @a and @a + 1 of one piece? */
static bool is_one(unsigned long a)
{
	return model[a] == model[a + 1];
}

static unsigned int nr_pieces(void)
{
	unsigned int nr = 0;

	for (unsigned long f = 1; f < FRAMES; f++) {
		nr += model[f] != NONE && !is_one(f - 1);
	}
	return nr;
}

/* Entries that are left, if @more are taken; negative: too few. */
static int room(int more)
{
	int nr = (int)nr_pieces() + more;

	for (unsigned long f = 1; f < FRAMES; f++) {
		nr += (int)nr_runs[f];
	}
	return XMEM_CONFIG_BOOT_REGIONS - nr;
}

/* Bytes [*@from, *@to) of frame @f are in the range. Such that nothing can
 * overflow. */
static bool part_inside(unsigned long f, paddr_t start, paddr_t size,
			unsigned long *from, unsigned long *to)
{
	paddr_t first = start > PA(f) ? start - PA(f) : 0;
	paddr_t skipped = PA(f) > start ? PA(f) - start : 0;

	if (first >= PAGE_SIZE || skipped >= size) {
		return false;
	}
	size -= skipped;
	*from = first;
	*to = size < PAGE_SIZE - first ? first + size : PAGE_SIZE;
	return true;
}

static bool is_inside(unsigned long f, paddr_t start, paddr_t size)
{
	unsigned long from, to;

	return part_inside(f, start, size, &from, &to) &&
	       to - from == PAGE_SIZE;
}

/* Frames [@from, @to) were no RAM. Return: do they fit? */
static bool fits(unsigned long from, unsigned long to)
{
	return room(1) >= SPARE || model[from - 1] == FREE ||
	       (to < FRAMES && model[to] == FREE);
}

/* Messages: how many bytes with which reason. */
enum { EMPTY, GIVEN, WIDE, FULL, NR_REASONS };
static const char *const reasons[] = {"empty", "given before",
				      "address too wide",
				      "raise XMEM_CONFIG_BOOT_REGIONS"};
static const int errors[] = {-XMEM_EINVAL, -XMEM_EEXIST, -XMEM_ERANGE,
			     -XMEM_ENOSPC};
static unsigned long nr_seen[NR_REASONS];

/* Were bytes [@from, @to) of frame @f all given (@is), or all not? */
static bool all_given(unsigned long f, unsigned long from, unsigned long to,
		      bool is)
{
	return memchr(&given[f][from], !is, to - from) == NULL;
}

static void is_true_of(const struct ignored *i, unsigned int why)
{
	for (unsigned long f = 0; f < FRAMES; f++) {
		unsigned long from, to;

		if (!part_inside(f, i->start, i->size, &from, &to)) {
			continue;
		}
		assert_int_not_equal(why, WIDE);
		assert_int_not_equal(f, 0);
		if (model[f] == NONE) {
			assert_true(all_given(f, from, to, why == GIVEN));
		} else {
			assert_int_equal(why, GIVEN);
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

/* Are these bytes what a message says for want of room? */
static bool was_refused(paddr_t start, paddr_t size)
{
	for (unsigned int k = 0; k < nr_ignored; k++) {
		if (strcmp(ignored[k].why, reasons[FULL]) == 0 &&
		    ignored[k].start == start && ignored[k].size == size) {
			return true;
		}
	}
	return false;
}

/* Frames [@from, @to), all inside and without a byte given. Return: bytes
 * added. */
static paddr_t add_frames_to_model(unsigned long from, unsigned long to)
{
	bool is_full = !fits(from, to);

	assert_int_equal(was_refused(PA(from), PA(to - from)), is_full);
	if (is_full) {
		return 0;
	}
	memset(&model[from], FREE, to - from);
	return PA(to - from);
}

static void count_runs(unsigned long f)
{
	nr_runs[f] = given[f][0];
	for (unsigned char *p = given[f], *end = p + PAGE_SIZE; p < end;) {
		unsigned char *next = memchr(p, !*p, (size_t)(end - p));

		p = next != NULL ? next : end;
		nr_runs[f] += p < end && *p;
	}
}

/* Bytes [@from, @to) of frame @f, none of them given. Return: bytes added. */
static paddr_t add_bytes_to_model(unsigned long f, unsigned long from,
				  unsigned long to)
{
	bool touches = (from > 0 && given[f][from - 1]) ||
		       (to < PAGE_SIZE && given[f][to]);
	bool is_full = !touches && room(1) < SPARE;

	assert_int_equal(was_refused(PA(f) + from, to - from), is_full);
	if (is_full) {
		return 0;
	}
	memset(&given[f][from], 1, to - from);
	count_runs(f);
	if (all_given(f, 0, PAGE_SIZE, true)) {
		memset(given[f], 0, PAGE_SIZE);
		nr_runs[f] = 0;
		model[f] = FREE;
	}
	return to - from;
}

/* Runs of bytes in frame @f that are inside and were not given. */
static paddr_t add_parts_to_model(unsigned long f, unsigned long from,
				  unsigned long to)
{
	paddr_t added = 0;

	while (from < to && model[f] == NONE) {
		unsigned char *p = &given[f][from];
		unsigned char *next = memchr(p, !*p, to - from);
		unsigned long behind =
			next != NULL ? (unsigned long)(next - given[f]) : to;

		if (!*p) {
			added += add_bytes_to_model(f, from, behind);
		}
		from = behind;
	}
	return added;
}

/* What was no RAM and is inside becomes RAM, or waits, as far as there is
 * room: a gap at a time. Return: bytes added. */
static paddr_t add_to_model(paddr_t start, paddr_t size)
{
	bool wanted[FRAMES + 1] = {false};
	paddr_t added = 0;
	unsigned long first, last;

	for (unsigned long f = 1; f < FRAMES; f++) {
		wanted[f] = model[f] == NONE && nr_runs[f] == 0 &&
			    is_inside(f, start, size);
	}
	for (unsigned long from = 1, to; from < FRAMES; from = to) {
		to = from + 1;
		if (wanted[from]) {
			while (wanted[to]) {
				to++;
			}
			added += add_frames_to_model(from, to);
		} else if (model[from] == NONE &&
			   part_inside(from, start, size, &first, &last)) {
			added += add_parts_to_model(from, first, last);
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
	assert_int_equal(XMEM_CONFIG_BOOT_REGIONS -
				 (int)(xmem_boot.nr + xmem_boot.nr_fragments),
			 room(0));
	assert_true(room(0) >= 0);
	for (unsigned int i = 0; i < xmem_boot.nr_fragments; i++) {
		paddr_t start = boot_fragment_start(i);
		unsigned long f = (unsigned long)(start >> PAGE_SHIFT);

		assert_true(all_given(f, start - PA(f),
				      boot_fragment_end(i) - PA(f), true));
	}
	for (unsigned int i = 0; i < xmem_boot.nr; i++) {
		const struct boot_piece *p = &xmem_boot.piece[i];

		assert_true(p->start >= at && p->start < p->end &&
			    p->end <= FRAMES);
		for (; at < p->end; at++) {
			unsigned char is = xmem_boot.used[i] ? USED : FREE;

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

		last = last == -XMEM_ENOSPC ? last : error;
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

/* Frames [*@from, *@to): the piece that frame @f is in. */
static void piece_of(unsigned long f, unsigned long *from, unsigned long *to)
{
	*from = f;
	*to = f + 1;
	while (*from > 1 && is_one(*from - 1)) {
		--*from;
	}
	while (*to < FRAMES && is_one(*to - 1)) {
		++*to;
	}
}

/* Does a piece [@from, @to) touch one of the other kind? */
static bool touches(unsigned long from, unsigned long to)
{
	return model[from - 1] != NONE || model[to] != NONE;
}

/* The size of the smallest free piece that touches used frames. */
static unsigned long smallest_size(void)
{
	unsigned long least = ~0UL;
	unsigned long from, to;

	for (unsigned long f = 1; f < FRAMES; f = to) {
		piece_of(f, &from, &to);
		if (model[f] == FREE && touches(from, to) &&
		    to - from < least) {
			least = to - from;
		}
	}
	return least;
}

static unsigned long nr_lost;
static unsigned int nr_read; /* messages */

/* The model knows of a cut that took entries, if @took. Until there are
 * @spare entries, each message names the smallest piece. */
static void lose(int spare, bool took)
{
	while (took && room(0) < spare) {
		const struct ignored *i = &ignored[nr_read++];
		unsigned long smfn = (unsigned long)(i->start >> PAGE_SHIFT);
		unsigned long from, to;

		assert_true(nr_read <= nr_ignored);
		assert_string_equal(i->why, reasons[FULL]);
		assert_int_equal(model[smfn], FREE);
		piece_of(smfn, &from, &to);
		assert_true(touches(from, to));
		assert_true(i->start == PA(from) && i->size == PA(to - from));
		assert_int_equal(to - from, smallest_size());
		memset(&model[from], USED, to - from);
		nr_lost++;
	}
}

static void listen(void)
{
	nr_ignored = 0;
	nr_read = 0;
}

static void heard_all(void)
{
	assert_int_equal(nr_ignored, nr_read);
	assert_int_equal(nr_other, 0);
}

/* Entries that a block of @nr frames at @mfn takes; 3 if it is no place. */
static int entries_for(unsigned long mfn, unsigned long nr)
{
	int before = (int)nr_pieces();
	int entries;

	for (unsigned long f = mfn; f < mfn + nr; f++) {
		if (f >= FRAMES || model[f] != FREE) {
			return 3;
		}
	}
	memset(&model[mfn], USED, nr);
	entries = (int)nr_pieces() - before;
	memset(&model[mfn], FREE, nr);
	return entries;
}

static void step_take(void)
{
	unsigned long nr = 1 + die(6);
	unsigned long align = 1UL << die(3);
	unsigned long smfn = die(FRAMES);
	unsigned long emfn = smfn + die(40);
	unsigned long highest = XMEM_NO_MFN;
	int least = 3;
	unsigned long mfn;
	int took;

	for (unsigned long f = smfn; f + nr <= emfn; f++) {
		int entries = f % align != 0 || f == 0 ? 3 : entries_for(f, nr);

		least = entries < least ? entries : least;
		highest = entries < 3 ? f : highest;
	}
	listen();
	mfn = mfn_x(xmem_alloc_boot_pages_in(nr, align, smfn, emfn));
	if (highest == XMEM_NO_MFN) {
		assert_int_equal(mfn, XMEM_NO_MFN);
		return;
	}
	assert_true(mfn >= smfn && mfn + nr <= emfn && mfn % align == 0);
	took = entries_for(mfn, nr);
	assert_true(took < 3);
	if (room(2) >= SPARE) {
		assert_int_equal(mfn, highest);
	}
	assert_true(took <= 0 || took == least || room(took) >= SPARE);
	memset(&model[mfn], USED, nr);
	lose(0, took > 0);
	heard_all();
}

static void expect_no_reserve(void)
{
	EXPECT_PANIC(xmem_boot_reserve(PAGE_SIZE, 2 * PAGE_SIZE),
		     "xmem_boot_reserve() before init_boot_pages()");
}

static void step_reserve(void)
{
	paddr_t start = die(TOP);
	paddr_t size = die(4) ? die(20 * PAGE_SIZE) : die(3);
	unsigned long f = (unsigned long)(start >> PAGE_SHIFT);
	unsigned long end =
		(unsigned long)((start + size - 1) >> PAGE_SHIFT) + 1;

	if (!xmem_phase_is_done(XMEM_PHASE_RAM)) {
		expect_no_reserve();
		return;
	}
	listen();
	xmem_boot_reserve(start, start + size);
	/* Piece by piece, as far as it is free when its turn comes. */
	for (; size > 0 && f < end && f < FRAMES; f++) {
		unsigned long from, to;
		int before = (int)nr_pieces();

		if (model[f] != FREE) {
			continue;
		}
		piece_of(f, &from, &to);
		to = to < end ? to : end;
		memset(&model[f], USED, to - f);
		lose(2, (int)nr_pieces() > before);
	}
	heard_all();
}

static void step_give(void)
{
	unsigned long f = die(FRAMES);
	int before = (int)nr_pieces();

	listen();
	assert_int_equal(xmem_boot_give_back(_mfn(f)), model[f] == USED);
	if (model[f] == USED) {
		model[f] = FREE;
		lose(0, (int)nr_pieces() > before);
	}
	heard_all();
}

static void new_machine(void)
{
	memset(&xmem_boot, 0, sizeof(xmem_boot));
	xmem_phases = 0;
	memset(model, NONE, sizeof(model));
	for (unsigned long f = 1; f < FRAMES; f++) {
		if (nr_runs[f] > 0) {
			memset(given[f], 0, PAGE_SIZE);
			nr_runs[f] = 0;
		}
	}
	fake.nodes_unknown = true;
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
		switch (die(12)) {
		case 0:
		case 1:
			step_take();
			break;
		case 2:
			step_give();
			break;
		case 3:
			step_reserve();
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
	assert_true(nr_lost > 0);
	assert_int_equal(fake.hook_errors, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(messy_maps_agree_with_the_model),
};

TEST_MAIN(tests)
