/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interleave_priv.h - the parts of the scheduler, for each other
 *
 *	points.c	what instrumented code calls; which words race
 *	tasks.c		coroutines; who can go on; one step of the choice
 *	buffer.c	store buffers
 *	explore.c	which choices are tried: all to a bound, random ones
 *	replay.c	schedules as strings
 *	machine.c	the frames, the hooks, and memory as it was
 *
 * Words (of 8 bytes) are the unit in which accesses meet. A word races if two
 * tasks reach it, one of them writes, and no lock is common to all accesses of
 * all runs so far. Only before an access to a word that races, and before a
 * lock is taken, can a switch matter: between two such points nothing that
 * another task could see, or change, is touched. So only there schedules
 * branch. If a run finds more words that race, the search begins anew.
 *
 * Two schedules that order all accesses to racing words and locks alike lead to
 * the same state. So each task has a hash of what it has done and of what
 * came before that; the hashes of all are a fingerprint of the state, and a
 * state that was there before, with as many preemptions left, is not gone
 * through again.
 */
#ifndef INTERLEAVE_PRIV_H
#define INTERLEAVE_PRIV_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "interleave.h"

/* On every function here: nothing in them is a point. */
#if defined(__clang__)
#define PLAIN __attribute__((disable_sanitizer_instrumentation))
#else
#define PLAIN __attribute__((no_sanitize_thread))
#endif

#define NOBODY \
	IL_TASKS /* set_up() or check() runs, on one CPU after the other */
#define MAX_STEPS 200000UL /* of a run: more is a livelock */

/* ---- choices (replay.c has them as text) ---- */

/* What is chosen at a step, in a byte: a task runs on; or stores of a CPU
 * become visible, or none does. */
#define CHOOSE_RUN(task)   ((unsigned char)(task))
#define CHOOSE_NO_STORE	   ((unsigned char)0x20)
#define CHOOSE_STORE(cpu)  ((unsigned char)(0x40 | (cpu)))
#define CHOSEN_WHO(choice) ((choice)&0x1fU)
#define MAX_CHOICES	   (IL_TASKS + IL_CPUS + 1)

struct il_move {
	unsigned long step;
	unsigned char choice;
	unsigned int from; /* task, and where it was */
	const void *pc;
};

/* ---- tasks ---- */

enum il_state { IL_NEW, IL_GOES, IL_DONE };

struct il_task {
	void (*body)(void);
	unsigned int cpu;
	bool handler;
	enum il_state state;
	const unsigned int *wants; /* the lock that it waits for */
	bool pausing;		   /* until somebody writes */
	bool calls;		   /* until all other CPUs answer */
	unsigned long seen;	   /* writes of others, at its last turn */
	unsigned long nr_writes;   /* its own that are visible */
	unsigned int preempt_off;
	uint64_t locks; /* that it holds, a bit each */
	uint64_t hash;	/* of what it has done */
	jmp_buf at;
	jmp_buf *catcher;
	const void *pc; /* of its last access */
	char *stack;
};

struct il {
	const struct il_scenario *s;
	bool tso;
	bool on; /* a run is under way, in a task */
	unsigned int nr_tasks;
	unsigned int current; /* task */
	unsigned long step;
	unsigned long nr_writes; /* to watched memory, visible to all */
	struct il_task task[IL_TASKS + 1];
	jmp_buf over; /* the end of the run */
	bool failed;
	bool panicked; /* as the scenario allows */
	bool pruned;   /* the state was there before */
	char text[512];
};
extern struct il il;

static inline PLAIN struct il_task *il_this(void)
{
	return &il.task[il.current];
}

/* A write of @task has become visible. */
static inline PLAIN void il_have_written(unsigned int task)
{
	il.nr_writes++;
	il.task[task].nr_writes++;
}

/* One run of the scenario, from its first step to its end. */
void il_run(void);

/* No run is under way. */
void il_be_nobody(void);

/* A point: may somebody else go on here? @branches: try both. */
void il_step(bool branches);

/* The run ends. */
__attribute__((noreturn)) void il_end_run(void);

/* ---- what explore.c chooses from ---- */

struct il_options {
	unsigned int nr;
	unsigned char choice[MAX_CHOICES]; /* the first: what is usual */
	bool costs[MAX_CHOICES];	   /* a preemption */
};

/* Choose one of @o; @branches: else there is no need to try others. */
unsigned char il_choose(const struct il_options *o, bool branches);

/* ---- words ---- */

struct il_word {
	uintptr_t key;
	uint64_t locks; /* held at all accesses */
	uint32_t tasks; /* that have reached it, a bit each */
	bool written;
	bool races;
	unsigned long run; /* the two below are of this run */
	uint64_t write;	   /* hash of the last write */
	uint64_t reads;	   /* sum of the hashes of the reads since */
};

struct il_word *il_word_of(const void *addr);
void il_forget_words(void);
/* This task takes or drops a lock in @w: that races with those who reach it by
 * other ways. */
void il_note_lock(struct il_word *w, bool write);
extern unsigned long il_nr_racing;
extern unsigned long il_run_nr;

uint64_t il_mix(uint64_t a, uint64_t b);
void il_event(struct il_word *w, uint64_t *hash, uint64_t what, bool write);

/* This task is about to reach @w: shall it see what others have stored there?
 */
void il_see(const struct il_word *w);

/* ---- store buffers ---- */

void il_buffers_clear(void);
/* The memory is what @cpu sees. */
void il_view_of(unsigned int cpu);
/* A store of @size bytes, at most 8, is about to be done by this task. */
void il_buffer_store(void *addr, unsigned int size, struct il_word *w);
/* Has @cpu a store to @w that only itself sees? NULL: to any word. */
bool il_buffer_has(unsigned int cpu, const struct il_word *w);
/* The oldest such store becomes visible, and all that are older. */
void il_buffer_show(unsigned int cpu, const struct il_word *w);
/* All of this CPU become visible; all of all CPUs. */
void il_buffer_drain(unsigned int cpu);
void il_buffers_drain_all(void);
uint64_t il_buffers_hash(void);
/* The hash of the youngest store of @cpu to @w; 0: none. */
uint64_t il_buffer_event(unsigned int cpu, const struct il_word *w);
/* A lock, in the word @w, as all see it. */
unsigned int il_buffer_seen_by_all(const unsigned int *lock,
				   const struct il_word *w);

/* ---- the machine ---- */

bool il_is_watched(uintptr_t addr);
/* Set @s up, and remember all memory; as it was then. */
void il_power_on(const struct il_scenario *s);
void il_restore(void);

/* ---- schedules as text ---- */

extern struct il_move *il_log; /* what was chosen, if it was not usual */
extern unsigned long il_log_nr;
/* The next step at which a replayed run does what is not usual; 0: none. */
extern unsigned long il_next_step;

void il_log_clear(void);
void il_log_add(unsigned char choice);
/* The schedule of this run. */
const char *il_log_text(void);
/* Replay the schedule @text in the runs that follow; NULL: no more. Return: is
 * it one? */
bool il_replay(const char *text, bool *tso);
/* From the start. */
void il_replay_again(void);
/* What the replayed schedule says, if it says anything of this step. */
bool il_replayed(const struct il_options *o, unsigned char *choice);
/* Where each move of the run was made. */
void il_log_explain(void);

#endif /* INTERLEAVE_PRIV_H */
