/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore.c - which schedules are tried
 *
 * First all of those with no preemption, with one, with two ... up to a bound:
 * depth first, each run from the start (Musuvathi and Qadeer, Iterative Context
 * Bounding, 2007). Most bugs need one or two. Then random ones, in which each
 * task has a priority that changes at a few steps (Burckhardt and others, A
 * Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, 2010).
 *
 * A preemption is that a task which could go on does not; what follows one that
 * has to wait, or ends, is free. With store buffers, it costs as much that a
 * store of another CPU is not seen where it could be.
 */
#include "interleave_priv.h"

#define MAX_NODES  4096U
#define NR_SEEN	   (1UL << 16) /* at first */
#define NR_CHANGES 3U

/* A point of the run at which more than one choice can be made. */
struct node {
	unsigned long nr; /* of the choice, in the run */
	unsigned int at;  /* which is tried now */
	unsigned int left;
	struct il_options o; /* those that there are preemptions for */
};

IL_KEPT static struct node *nodes;
IL_KEPT static unsigned int nr_nodes;	 /* of the path that is tried */
IL_KEPT static unsigned int depth;	 /* how many this run has passed */
IL_KEPT static unsigned long nr_choices; /* of this run */
IL_KEPT static unsigned int left;	 /* preemptions */
IL_KEPT static bool was_cut;		 /* there were more choices than that */

/* States that were there, as hashes, and the preemptions that were left. */
IL_KEPT static uint64_t *seen;
IL_KEPT static unsigned long seen_size, nr_seen;

IL_KEPT static enum { DEPTH_FIRST, RANDOM, REPLAY } mode;
IL_KEPT static unsigned long nr_runs; /* of the scenario */

/* ---- states ---- */

static PLAIN bool insert(uint64_t key)
{
	unsigned long at = key % seen_size;

	while (seen[at] != 0 && seen[at] != key) {
		at = (at + 1) % seen_size;
	}
	if (seen[at] == key) {
		return false;
	}
	seen[at] = key;
	return true;
}

static PLAIN void forget_states(unsigned long size)
{
	free(seen);
	seen = calloc(size, sizeof(*seen));
	seen_size = size;
	nr_seen = 0;
}

static PLAIN void make_room(void)
{
	uint64_t *old = seen;
	unsigned long size = seen_size;

	seen = NULL;
	forget_states(size * 4);
	for (unsigned long i = 0; i < size; i++) {
		if (old[i] != 0) {
			nr_seen += insert(old[i]);
		}
	}
	free(old);
}

/* Has this state, with as many preemptions left, been there before? */
static PLAIN bool was_here(const struct il_options *o)
{
	uint64_t key = il_mix(left, o->nr);
	bool is_new;

	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		key += il_mix(i, il.task[i].hash);
	}
	for (unsigned int i = 0; i < o->nr; i++) {
		key = il_mix(key, (uint64_t)o->choice[i] << 1 | o->costs[i]);
	}
	key = il_mix(key, il.tso ? il_buffers_hash() : 0) | 1;
	if (nr_seen > seen_size / 2) {
		make_room();
	}
	is_new = insert(key);
	nr_seen += is_new;
	return !is_new;
}

/* ---- all schedules ---- */

/* A point that no run has passed before on this path. */
static PLAIN unsigned char choose_first(const struct il_options *o)
{
	struct node *n = &nodes[nr_nodes];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < o->nr; i++) {
		if (o->costs[i] <= left) {
			n->o.choice[nr] = o->choice[i];
			n->o.costs[nr++] = o->costs[i];
		} else {
			was_cut = true;
		}
	}
	if (nr > 1) {
		if (was_here(o)) {
			il.pruned = true;
			il_end_run();
		}
		if (nr_nodes == MAX_NODES) {
			il_fail("more than %u points", MAX_NODES);
		}
		n->nr = nr_choices;
		n->at = 0;
		n->left = left;
		n->o.nr = nr;
		depth = ++nr_nodes;
	}
	return o->choice[0];
}

static PLAIN unsigned char choose_depth_first(const struct il_options *o)
{
	const struct node *n = &nodes[depth];

	nr_choices++;
	if (depth == nr_nodes) {
		return choose_first(o);
	}
	if (n->nr > nr_choices) {
		return o->choice[0];
	}
	if (n->nr < nr_choices) {
		il_fail("the same choices have not led to the same steps");
	}
	depth++;
	left -= n->o.costs[n->at];
	return n->o.choice[n->at];
}

/* The next path. Return: false if there is none. */
static PLAIN bool next_path(void)
{
	while (nr_nodes > 0) {
		struct node *n = &nodes[nr_nodes - 1];

		if (++n->at < n->o.nr) {
			return true;
		}
		nr_nodes--;
	}
	return false;
}

/* ---- random schedules ---- */

IL_KEPT static uint64_t dice;
IL_KEPT static unsigned int priority[IL_TASKS];
IL_KEPT static unsigned long points, usual_points; /* of a run */
IL_KEPT static unsigned long change[NR_CHANGES];

static PLAIN uint64_t throw(uint64_t below)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (dice * 2685821657736338717ULL >> 32) % below;
}

static PLAIN void shuffle(uint64_t seed)
{
	dice = seed * 0x9e3779b97f4a7c15ULL | 1;
	usual_points = points > usual_points ? points : usual_points;
	points = 0;
	for (unsigned int i = 0; i < IL_TASKS; i++) {
		priority[i] = 100 + (unsigned int) throw(100);
	}
	for (unsigned int i = 0; i < NR_CHANGES; i++) {
		change[i] = 1 + throw(usual_points + 2);
	}
}

/* Of those who can go on, the one of the highest priority; a store is not seen
 * at least every second time. */
static PLAIN unsigned char choose_random(const struct il_options *o)
{
	unsigned int best = 0;

	if (o->choice[0] >= CHOOSE_STORE(0)) {
		return o->choice[throw(2) != 0 ? o->nr - 1 : throw(o->nr)];
	}
	points++;
	for (unsigned int i = 0; i < NR_CHANGES; i++) {
		if (points == change[i] && il.current != NOBODY) {
			priority[il.current] = NR_CHANGES - i;
		}
	}
	for (unsigned int i = 1; i < o->nr; i++) {
		if (priority[CHOSEN_WHO(o->choice[i])] >
		    priority[CHOSEN_WHO(o->choice[best])]) {
			best = i;
		}
	}
	return o->choice[best];
}

/* ---- choosing ---- */

PLAIN unsigned char il_choose(const struct il_options *o, bool branches)
{
	unsigned char choice = o->choice[0];

	if (mode == REPLAY) {
		if (!il_replayed(o, &choice)) {
			choice = o->choice[0];
		}
	} else if (branches && o->nr > 1) {
		choice = mode == RANDOM ? choose_random(o)
					: choose_depth_first(o);
	}
	if (choice != o->choice[0]) {
		il_log_add(choice);
	}
	return choice;
}

static PLAIN void run_one(void)
{
	il_log_clear();
	depth = 0;
	nr_choices = 0;
	il_replay_again();
	il_run();
	nr_runs++;
}

/* ---- the search ---- */

/* All schedules with up to @bound preemptions, or *@runs of them. Return: was
 * that all, and all well? */
static PLAIN bool try_all(unsigned int bound, unsigned long *runs)
{
	unsigned long racing;

	do {
		racing = il_nr_racing;
		nr_nodes = 0;
		was_cut = false;
		forget_states(NR_SEEN);
		do {
			if (*runs == 0) {
				was_cut = true;
				return false;
			}
			(*runs)--;
			left = bound;
			run_one();
			if (il.failed) {
				return false;
			}
		} while (racing == il_nr_racing && next_path());
	} while (racing != il_nr_racing);
	return true;
}

/* Up to @bound preemptions. Return: how many of them all schedules were tried
 * with, plus one. */
static PLAIN unsigned int try_bounds(unsigned int bound, unsigned long *runs)
{
	unsigned int done = 0;

	il_forget_words();
	mode = DEPTH_FIRST;
	was_cut = true;
	while (done <= bound && was_cut && try_all(done, runs)) {
		done++;
	}
	return done;
}

static PLAIN void try_random(unsigned long runs)
{
	mode = RANDOM;
	points = usual_points = 0;
	for (unsigned long i = 0; i < runs && !il.failed; i++) {
		shuffle(i + 1);
		run_one();
	}
}

static PLAIN void say_if_failed(const struct il_scenario *s)
{
	if (il.failed) {
		fail_msg("%s, run %lu: %s; again: XMEM_INTERLEAVE='%s/%s'",
			 s->name, nr_runs, il.text, s->name, il_log_text());
	}
}

static PLAIN void try_model(const struct il_scenario *s, bool tso)
{
	unsigned long most = test_steps(s->runs);
	unsigned long random = test_steps(s->random);
	unsigned long runs = most;
	unsigned int done;

	il.tso = tso;
	done = try_bounds(s->bound, &runs);
	say_if_failed(s);
	printf("# %s, %s: ", s->name, tso ? "tso" : "sc");
	if (!was_cut) {
		printf("all there are, ");
	} else if (done > 0) {
		printf("all with %u preemptions, ", done - 1);
	}
	printf("%lu schedules", most - runs);
	try_random(random);
	printf(", %lu at random; %lu words race\n", random, il_nr_racing);
	say_if_failed(s);
}

static PLAIN void power_on(const struct il_scenario *s)
{
	if (nodes == NULL) {
		nodes = malloc(MAX_NODES * sizeof(*nodes));
	}
	il.s = s;
	nr_runs = 0;
	il_power_on(s);
}

/* Run @schedule alone. */
static PLAIN void replay(const char *schedule)
{
	if (!il_replay(schedule, &il.tso)) {
		fail_msg("no schedule: %s", schedule);
	}
	mode = REPLAY;
	il_forget_words();
	run_one();
	il_replay(NULL, NULL);
}

/* Run the schedule that the environment names. */
static PLAIN void try_again(const struct il_scenario *s, const char *schedule)
{
	size_t length = strlen(s->name);

	if (strncmp(schedule, s->name, length) != 0 ||
	    schedule[length] != '/') {
		return;
	}
	replay(schedule + length + 1);
	il_log_explain();
	say_if_failed(s);
	printf("# %s: nothing is wrong%s\n", il_log_text(),
	       il.panicked ? ", it panics" : "");
}

PLAIN void il_explore(const struct il_scenario *s)
{
	const char *schedule = getenv("XMEM_INTERLEAVE");

	power_on(s);
	if (schedule != NULL) {
		try_again(s, schedule);
		return;
	}
	try_model(s, false);
	if ((s->flags & IL_TSO) != 0) {
		try_model(s, true);
	}
}

PLAIN const char *il_first_failure(const struct il_scenario *s,
				   const char *schedule, char *to, size_t size)
{
	unsigned long runs = s->runs;

	power_on(s);
	if (schedule != NULL) {
		replay(schedule);
	} else {
		il.tso = (s->flags & IL_TSO) != 0;
		try_bounds(s->bound, &runs);
		snprintf(to, size, "%s", il_log_text());
	}
	return il.failed ? il.text : NULL;
}

PLAIN bool il_is_replay(void)
{
	return getenv("XMEM_INTERLEAVE") != NULL;
}

PLAIN bool il_is_tso(void)
{
	return il.tso;
}
