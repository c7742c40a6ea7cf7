/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tasks.c - coroutines: who can go on, who does, and what makes them wait
 *
 * Each CPU has a body and perhaps a handler; each of these is a task with a
 * stack. While the handler of a CPU runs, its body does not. Tasks are left and
 * entered by longjmp(). They are started once: each parks at the top of its
 * stack, and every run begins there.
 */
#include "interleave_priv.h"

#include <ucontext.h>

#define STACK_BYTES (64UL << 10)
#define MAX_LOCKS   64U
#define MAX_HELD    4U

IL_KEPT struct il il;
IL_KEPT static jmp_buf begin[IL_TASKS];
IL_KEPT static char panic_text[IL_TASKS + 1][256];
IL_KEPT static unsigned int *known_lock[MAX_LOCKS];
IL_KEPT static unsigned int nr_known;
IL_KEPT static unsigned int *held[IL_TASKS + 1][MAX_HELD];
IL_KEPT static unsigned int nr_held[IL_TASKS + 1];

/* ---- the end of a run ---- */

PLAIN void il_end_run(void)
{
	il.on = false;
	_longjmp(il.over, 1);
}

PLAIN void il_fail(const char *fmt, ...)
{
	va_list args;

	il.on = false;
	va_start(args, fmt);
	vsnprintf(il.text, sizeof(il.text), fmt, args);
	va_end(args);
	il.failed = true;
	il_end_run();
}

/* ---- who can go on ---- */

/* Does @t keep interrupts off by a lock, which it has or waits for? */
static PLAIN bool masks(const struct il_task *t)
{
	return (il.s->flags & IL_LOCK_IRQS) != 0 &&
	       (t->locks != 0 || t->wants != NULL);
}

static PLAIN bool may_interrupt(unsigned int cpu)
{
	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		if (il.task[i].cpu == cpu && masks(&il.task[i])) {
			return false;
		}
	}
	return true;
}

/* Would all other CPUs be interrupted by @cpu? A handler is not. */
static PLAIN bool do_all_answer(unsigned int cpu)
{
	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		const struct il_task *t = &il.task[i];

		if (t->cpu != cpu &&
		    (masks(t) || (t->handler && t->state == IL_GOES))) {
			return false;
		}
	}
	return true;
}

static PLAIN bool is_interrupted(const struct il_task *task)
{
	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		const struct il_task *t = &il.task[i];

		if (t->cpu == task->cpu && t->handler && t->state == IL_GOES) {
			return true;
		}
	}
	return false;
}

static PLAIN unsigned long writes_of_others(const struct il_task *t)
{
	return il.nr_writes - t->nr_writes;
}

/* Has a CPU but @cpu a store to @w, or to any word, that is not visible?
 * Return: its number, from @from on; IL_CPUS: none. */
static PLAIN unsigned int who_has(const struct il_word *w, unsigned int cpu,
				  unsigned int from)
{
	while (from < IL_CPUS &&
	       (!il.tso || from == cpu || !il_buffer_has(from, w))) {
		from++;
	}
	return from;
}

/* The lock that @t wants is not free, and no unlock of it is on its way. */
static PLAIN bool waits_for_lock(const struct il_task *t)
{
	const struct il_word *w;

	if (t->wants == NULL || *t->wants == 0) {
		return false;
	}
	w = il_word_of(t->wants);
	return who_has(w, t->cpu, 0) == IL_CPUS &&
	       (!il.tso || il_buffer_seen_by_all(t->wants, w) != 0);
}

static PLAIN bool waits_for_write(const struct il_task *t)
{
	return t->pausing && t->seen == writes_of_others(t) &&
	       who_has(NULL, t->cpu, 0) == IL_CPUS;
}

static PLAIN bool can_go_on(const struct il_task *t)
{
	if (t->state == IL_DONE || waits_for_lock(t) || waits_for_write(t) ||
	    (t->calls && !do_all_answer(t->cpu))) {
		return false;
	}
	if (t->handler) {
		return t->state != IL_NEW || may_interrupt(t->cpu);
	}
	return !is_interrupted(t);
}

static PLAIN void add(struct il_options *o, unsigned char choice, bool costs)
{
	o->choice[o->nr] = choice;
	o->costs[o->nr] = costs;
	o->nr++;
}

/* Whoever runs goes on if it can; that is usual. To leave it then is a
 * preemption, unless it is @free. */
static PLAIN void find_options(struct il_options *o, bool free)
{
	bool goes = il.current != NOBODY && can_go_on(il_this());

	o->nr = 0;
	if (goes) {
		add(o, CHOOSE_RUN(il.current), false);
	}
	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		if (i != il.current && can_go_on(&il.task[i])) {
			add(o, CHOOSE_RUN(i), goes && !free);
		}
	}
}

/* Stores of other CPUs to @w; NULL: to any word. */
static PLAIN void add_stores(struct il_options *o, const struct il_word *w)
{
	unsigned int mine = il_this()->cpu;

	for (unsigned int cpu = who_has(w, mine, 0); cpu < IL_CPUS;
	     cpu = who_has(w, mine, cpu + 1)) {
		add(o, CHOOSE_STORE(cpu), false);
	}
}

/* ---- going on ---- */

static PLAIN bool are_all_done(void)
{
	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		if (il.task[i].state != IL_DONE) {
			return false;
		}
	}
	return true;
}

static PLAIN void say_deadlock(void)
{
	char text[256] = "";
	size_t at = 0;

	for (unsigned int i = 0; i < il.nr_tasks; i++) {
		const struct il_task *t = &il.task[i];

		if (t->state == IL_DONE) {
			continue;
		}
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "; %s of CPU %u %s",
			t->handler ? "the handler" : "the body", t->cpu,
			t->wants != NULL ? "wants a lock"
			: t->pausing	 ? "waits for a write"
			: t->calls	 ? "waits for others to answer"
					 : "is interrupted");
	}
	il_fail("nobody can go on%s", text);
}

static PLAIN void go_to(unsigned int to)
{
	unsigned int from = il.current;

	il.current = to;
	if (il.tso) {
		il_view_of(il.task[to].cpu);
	}
	if (to == from || (from != NOBODY && il.task[from].state == IL_GOES &&
			   _setjmp(il.task[from].at) != 0)) {
		return;
	}
	if (il.task[to].state == IL_NEW) {
		il.task[to].state = IL_GOES;
		_longjmp(begin[to], 1);
	}
	_longjmp(il.task[to].at, 1);
}

static PLAIN void choose(bool branches, bool free)
{
	struct il_options o;

	if (are_all_done()) {
		il_buffers_drain_all();
		il_end_run();
	}
	find_options(&o, free);
	if (o.nr == 0) {
		say_deadlock();
	}
	go_to(CHOSEN_WHO(il_choose(&o, branches)));
}

/* That a store is not seen although it was done before costs as much as a
 * preemption. */
PLAIN void il_see(const struct il_word *w)
{
	struct il_options o;
	unsigned char choice;

	for (;;) {
		o.nr = 0;
		add_stores(&o, w);
		if (o.nr == 0) {
			return;
		}
		add(&o, CHOOSE_NO_STORE, true);
		choice = il_choose(&o, true);
		if (choice == CHOOSE_NO_STORE) {
			return;
		}
		il_buffer_show(CHOSEN_WHO(choice), w);
	}
}

PLAIN void il_step(bool branches)
{
	if (++il.step > MAX_STEPS) {
		il_fail("no end after %lu steps", il.step);
	}
	if (branches || il.step == il_next_step) {
		choose(branches, false);
	}
}

/* This task cannot go on, or lets others. */
static PLAIN void leave(void)
{
	il.step++;
	choose(true, true);
}

PLAIN unsigned int il_cpu(void)
{
	return il_this()->cpu;
}

PLAIN void il_on_cpu(unsigned int cpu, void (*body)(void))
{
	il_this()->cpu = cpu;
	body();
	il_this()->cpu = 0;
}

/* ---- locks ---- */

static PLAIN uint64_t lock_bit(unsigned int *lock)
{
	unsigned int i = 0;

	while (i < nr_known && known_lock[i] != lock) {
		i++;
	}
	if (i == nr_known) {
		if (i == MAX_LOCKS) {
			il_fail("more than %u locks", MAX_LOCKS);
		}
		known_lock[nr_known++] = lock;
	}
	return (uint64_t)1 << i;
}

static PLAIN void take_lock(unsigned int *lock)
{
	unsigned int me = il.current;

	il_event(il_word_of(lock), &il.task[me].hash, 'l', true);
	*lock = 1;
	il_have_written(il.current);
	il.task[me].locks |= lock_bit(lock);
	held[me][nr_held[me]++] = lock;
}

/* Who waits for a lock sees that it is free as soon as that is on its way: to
 * see it later is to be left before. */
static PLAIN bool is_shown(const unsigned int *lock)
{
	const struct il_word *w = il_word_of(lock);
	unsigned int cpu = who_has(w, il_this()->cpu, 0);

	if (cpu != IL_CPUS) {
		il_buffer_show(cpu, w);
	}
	return *lock == 0;
}

PLAIN void il_lock(unsigned int *lock)
{
	if (!il.on) {
		return;
	}
	il_this()->pc = __builtin_return_address(0);
	if (nr_held[il.current] == MAX_HELD ||
	    (il_this()->locks & lock_bit(lock)) != 0) {
		il_fail("a lock is taken twice");
	}
	il_note_lock(il_word_of(lock), true);
	il_step(true);
	if (il.tso) {
		il_buffer_drain(il_this()->cpu);
	}
	while (*lock != 0 && !is_shown(lock)) {
		il_this()->wants = lock;
		leave();
	}
	il_this()->wants = NULL;
	take_lock(lock);
	/* What a handler does on this CPU may matter while a lock is held. */
	if (il.s->handler[il_this()->cpu] != NULL) {
		il_step((il.s->flags & IL_LOCK_IRQS) == 0);
	}
}

PLAIN void il_unlock(unsigned int *lock)
{
	unsigned int me = il.current;
	struct il_word *w;

	if (!il.on) {
		return;
	}
	il_this()->pc = __builtin_return_address(0);
	if (nr_held[me] == 0 || held[me][nr_held[me] - 1] != lock) {
		il_fail("unlock of a lock that is not the last one taken");
	}
	w = il_word_of(lock);
	il_note_lock(w, true);
	il_step(w->races);
	if (*lock != 1) {
		il_fail("a lock that is held was set up again");
	}
	nr_held[me]--;
	il.task[me].locks &= ~lock_bit(lock);
	if (il.tso) {
		il_buffer_store(lock, sizeof(*lock), w);
	} else {
		il_event(w, &il.task[me].hash, 'u', true);
		il_have_written(il.current);
	}
	*lock = 0;
}

/* ---- the other hooks that let go ---- */

/* Who waits in vain sees what is on its way, from one CPU or another. */
static PLAIN void show_something(void)
{
	struct il_options o = {.nr = 0};
	unsigned int cpu;

	add_stores(&o, NULL);
	cpu = CHOSEN_WHO(il_choose(&o, true));
	while (il_buffer_has(cpu, NULL)) {
		il_buffer_show(cpu, NULL);
	}
}

/* One more turn of a loop that waits. If nobody else has written since the last
 * one, all turns are alike: until somebody does, there is none. */
PLAIN void il_pause(void)
{
	struct il_task *t = il_this();

	if (!il.on) {
		return;
	}
	t->hash = il_mix(t->hash, 'p');
	t->pausing = true;
	leave();
	t->pausing = false;
	if (t->seen == writes_of_others(t)) {
		show_something();
	}
	t->seen = writes_of_others(t);
}

/* Long work lets others run: no wait. */
PLAIN void il_relax(void)
{
	if (il.on) {
		il_this()->hash = il_mix(il_this()->hash, 'r');
		leave();
	}
}

PLAIN void il_broadcast_barrier(void)
{
	if (!il.on) {
		return;
	}
	il_step(true);
	il_this()->calls = true;
	while (!do_all_answer(il_this()->cpu)) {
		leave();
	}
	il_this()->calls = false;
	if (il.tso) {
		il_buffers_drain_all();
	}
}

PLAIN bool il_may_broadcast(void)
{
	return (il.s->flags & IL_NO_IPI) == 0 && !il_this()->handler;
}

PLAIN void il_preempt_off(void)
{
	if (il.on) {
		il_this()->preempt_off++;
	}
}

PLAIN void il_preempt_on(void)
{
	if (il.on && il_this()->preempt_off-- == 0) {
		il_fail("preemption is on more often than off");
	}
}

/* ---- panics ---- */

/* The task goes on as if it had not called: without locks. */
static PLAIN void drop_locks(void)
{
	unsigned int me = il.current;

	while (nr_held[me] > 0) {
		il_unlock(held[me][nr_held[me] - 1]);
	}
	il.task[me].preempt_off = 0;
}

PLAIN void xmem_port_panic(const char *fmt, ...)
{
	char *text = panic_text[il.current];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(panic_text[0]), fmt, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	if (il_this()->catcher != NULL) {
		_longjmp(*il_this()->catcher, 1);
	}
	if (il.s->panic == NULL || strstr(text, il.s->panic) == NULL) {
		il_fail("panic: %s", text);
	}
	il.panicked = true;
	il_end_run();
}

PLAIN void xmem_port_print(const char *fmt, ...)
{
	(void)fmt;
}

PLAIN const char *il_catch(void (*body)(void))
{
	jmp_buf catcher;

	il_this()->catcher = &catcher;
	if (_setjmp(catcher) == 0) {
		body();
		il_this()->catcher = NULL;
		return NULL;
	}
	il_this()->catcher = NULL;
	drop_locks();
	return panic_text[il.current];
}

/* ---- a run ---- */

static PLAIN void run_body(void)
{
	struct il_task *t = il_this();

	t->body();
	if (t->locks != 0 || t->preempt_off != 0) {
		il_fail("%s of CPU %u ends with %s",
			t->handler ? "the handler" : "the body", t->cpu,
			t->locks != 0 ? "a lock held" : "preemption off");
	}
	t->state = IL_DONE;
	leave();
}

/* What a task's stack begins with, for ever. */
static PLAIN void park(void)
{
	if (_setjmp(begin[il.current]) == 0) {
		_longjmp(il.over, 1);
	}
	run_body();
}

static PLAIN void start(unsigned int i)
{
	ucontext_t context;

	if (il.task[i].stack != NULL) {
		return;
	}
	il.task[i].stack = malloc(STACK_BYTES);
	il.current = i;
	getcontext(&context);
	context.uc_stack.ss_sp = il.task[i].stack;
	context.uc_stack.ss_size = STACK_BYTES;
	context.uc_link = NULL;
	makecontext(&context, park, 0);
	if (_setjmp(il.over) == 0) {
		setcontext(&context);
	}
}

static PLAIN void set_task(void (*body)(void), unsigned int cpu, bool handler)
{
	struct il_task *t = &il.task[il.nr_tasks];
	char *stack;

	if (body != NULL) {
		start(il.nr_tasks);
		stack = t->stack;
		*t = (struct il_task){.body = body,
				      .cpu = cpu,
				      .handler = handler,
				      .seen = ~0UL,
				      .hash = il.nr_tasks + 1,
				      .stack = stack};
		nr_held[il.nr_tasks] = 0;
		il.nr_tasks++;
	}
}

PLAIN void il_be_nobody(void)
{
	il.current = NOBODY;
	il.task[NOBODY] = (struct il_task){0};
}

static PLAIN void begin_run(void)
{
	il_restore();
	il.nr_tasks = 0;
	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		set_task(il.s->cpu[cpu], cpu, false);
	}
	for (unsigned int cpu = 0; cpu < IL_CPUS; cpu++) {
		set_task(il.s->handler[cpu], cpu, true);
	}
	il.step = 0;
	il.nr_writes = 0;
	il.failed = il.panicked = il.pruned = false;
	il_buffers_clear();
	il_run_nr++;
	il_be_nobody();
}

PLAIN void il_run(void)
{
	begin_run();
	if (_setjmp(il.over) == 0) {
		il.on = true;
		leave();
	}
	il_be_nobody();
	if (il.failed || il.panicked || il.pruned) {
		return;
	}
	if (_setjmp(il.over) == 0 && il.s->check != NULL) {
		il.s->check();
	}
}
