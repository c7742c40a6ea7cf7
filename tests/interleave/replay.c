/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - schedules as strings
 *
 *	tso 17>1 40>0 52>- 60>b1
 *
 * sc or tso; then the steps at which something else was chosen than usual: at
 * step 17 task 1 went on, at 40 task 0. At 52 a word was reached that another
 * CPU had stored to, and that was not seen; at 60 one of several CPUs became
 * visible, and it was CPU 1. Usual is that a task goes on as long as it can,
 * that the lowest one follows, and that all is seen.
 */
#include "interleave_priv.h"

#define MAX_MOVES 4096UL

IL_KEPT static struct il_move moves[MAX_MOVES];
IL_KEPT struct il_move *il_log = moves;
IL_KEPT unsigned long il_log_nr;
IL_KEPT unsigned long il_next_step;

IL_KEPT static struct il_move plan[MAX_MOVES];
IL_KEPT static unsigned long plan_nr, plan_next;
IL_KEPT static char text[MAX_MOVES * 16];

/* ---- what was chosen ---- */

PLAIN void il_log_clear(void)
{
	il_log_nr = 0;
}

PLAIN void il_log_add(unsigned char choice)
{
	if (il_log_nr < MAX_MOVES) {
		il_log[il_log_nr++] = (struct il_move){
			.step = il.step,
			.choice = choice,
			.from = il.current,
			.pc = il.current != NOBODY ? il_this()->pc : NULL};
	}
}

PLAIN const char *il_log_text(void)
{
	size_t at = (size_t)snprintf(text, sizeof(text), "%s",
				     il.tso ? "tso" : "sc");

	for (unsigned long i = 0; i < il_log_nr; i++) {
		unsigned char c = il_log[i].choice;

		if (c == CHOOSE_NO_STORE) {
			at += (size_t)snprintf(text + at, sizeof(text) - at,
					       " %lu>-", il_log[i].step);
			continue;
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       " %lu>%s%u", il_log[i].step,
				       c >= CHOOSE_STORE(0) ? "b" : "",
				       CHOSEN_WHO(c));
	}
	return text;
}

/* ---- doing the same again ---- */

static PLAIN bool read_move(const char **at, struct il_move *m)
{
	char *end;
	unsigned long who;
	bool is_store;

	m->step = strtoul(*at, &end, 10);
	if (end == *at || *end != '>') {
		return false;
	}
	if (end[1] == '-') {
		m->choice = CHOOSE_NO_STORE;
		end += 2;
	} else {
		is_store = end[1] == 'b';
		*at = end + 1 + is_store;
		who = strtoul(*at, &end, 10) & 0xf;
		m->choice = is_store ? CHOOSE_STORE(who) : CHOOSE_RUN(who);
	}
	*at = end + strspn(end, " ");
	return true;
}

PLAIN void il_replay_again(void)
{
	plan_next = 0;
	il_next_step = plan_nr > 0 ? plan[0].step : 0;
}

PLAIN bool il_replay(const char *from, bool *tso)
{
	plan_nr = 0;
	if (from != NULL) {
		*tso = strncmp(from, "tso", 3) == 0;
		from += *tso ? 3 : 2;
		from += strspn(from, " ");
		while (*from != '\0' && plan_nr < MAX_MOVES) {
			if (!read_move(&from, &plan[plan_nr++])) {
				return false;
			}
		}
	}
	il_replay_again();
	return true;
}

/* Of two choices at a step, the second may be the one that is meant. */
PLAIN bool il_replayed(const struct il_options *o, unsigned char *choice)
{
	if (plan_next == plan_nr || plan[plan_next].step != il.step) {
		return false;
	}
	for (unsigned int i = 0; i < o->nr; i++) {
		if (o->choice[i] == plan[plan_next].choice) {
			*choice = plan[plan_next++].choice;
			il_next_step =
				plan_next < plan_nr ? plan[plan_next].step : 0;
			return true;
		}
	}
	return false;
}

/* ---- where it was ---- */

/* "function at file:line" of @pc. */
static PLAIN void print_place(const void *pc)
{
	extern const char __executable_start[];
	char command[256], line[256] = "";
	char self[128] = "";
	FILE *f;

	if (pc == NULL ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		printf("#\t\t-\n");
		return;
	}
	snprintf(command, sizeof(command), "addr2line -fpie %s %#lx", self,
		 (unsigned long)((const char *)pc - __executable_start) - 1);
	f = popen(command, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		printf("#\t\t%s", line);
	}
	if (f != NULL) {
		pclose(f);
	}
}

static PLAIN void print_task(const char *before, unsigned int task)
{
	const struct il_task *t = &il.task[task];

	printf("%s%s of CPU %u", before, t->handler ? "handler" : "body",
	       t->cpu);
}

PLAIN void il_log_explain(void)
{
	for (unsigned long i = 0; i < il_log_nr; i++) {
		const struct il_move *m = &il_log[i];

		printf("# step %lu:", m->step);
		if (m->from != NOBODY) {
			print_task(" ", m->from);
		}
		if (m->choice >= CHOOSE_STORE(0)) {
			printf("; a store of CPU %u is seen\n",
			       CHOSEN_WHO(m->choice));
		} else if (m->choice == CHOOSE_NO_STORE) {
			printf(" does not see a store\n");
		} else {
			print_task(" -> ", CHOSEN_WHO(m->choice));
			printf("\n");
		}
		print_place(m->pc);
	}
}
