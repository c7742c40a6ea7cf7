/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlbi_op.h - the operand of TLBI RVAAE1 and RVAE2, read by DDI 0487, C5.5
 *
 * ASID 63:48, which is ignored, TG 47:46, SCALE 45:44, NUM 43:39, TTL 38:37,
 * BaseADDR 36:0. What the manual calls unpredictable fails the test.
 */
#ifndef TLBI_OP_H
#define TLBI_OP_H

#include <xmem/config.h>

#include "test.h"

/** Pages that an instruction names. */
struct tlbi_span {
	uint64_t first, nr;
};

/* Bits @high..@low of @op. */
static inline uint64_t tlbi_field(uint64_t op, unsigned int high,
				  unsigned int low)
{
	return op >> low & (((uint64_t)1 << (high - low + 1)) - 1);
}

static inline struct tlbi_span tlbi_read_op(uint64_t op)
{
	static const unsigned int granule[] = {0, 12, 14, 16};
	unsigned int scale = (unsigned int)tlbi_field(op, 45, 44);
	uint64_t units = tlbi_field(op, 43, 39) + 1;

	assert_int_equal(tlbi_field(op, 63, 48), 0);
	assert_int_equal(granule[tlbi_field(op, 47, 46)], PAGE_SHIFT);
	assert_int_equal(tlbi_field(op, 38, 37), 0); /* entries of any level */
	return (struct tlbi_span){tlbi_field(op, 36, 0),
				  units << (5 * scale + 1)};
}

#endif /* TLBI_OP_H */
