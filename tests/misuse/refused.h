/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refused.h - misuse that is refused by a panic, and that nothing else happens
 */
#ifndef REFUSED_H
#define REFUSED_H

#include "fake.h"

/* The domain that misuses, or is misused. */
static struct domain d;
static char text[200];

/* printf into `text`, for the expected message. */
#define TEXT(...) (snprintf(text, sizeof(text), __VA_ARGS__), text)

/* Misuse @statement: @message, and nothing has changed. */
#define EXPECT_REFUSED(statement, message)                   \
	do {                                                 \
		unsigned long free_ = total_free_pages();    \
		unsigned long tot_ = d.mem.tot_pages;        \
		EXPECT_PANIC(statement, message);            \
		EXPECT_PANIC(statement, ", caller 0x");      \
		assert_int_equal(total_free_pages(), free_); \
		assert_int_equal(d.mem.tot_pages, tot_);     \
		fake_check();                                \
	} while (0)

#endif /* REFUSED_H */
