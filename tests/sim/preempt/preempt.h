/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * preempt.h - what a test sees of the kernel that preempts
 */
#ifndef PREEMPT_H
#define PREEMPT_H

#include "../sim_machine.h"

/** How often the thread has gone on with another CPU number, and how often
 *  preemption was off. */
extern unsigned long preempt_nr_moves, preempt_nr_offs;

/** Is preemption off now? */
bool preempt_is_off(void);

/** The test says: are interrupts masked? */
bool preempt_is_masked(void);

#endif /* PREEMPT_H */
