/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_fixture.h - a TLSF allocator over two static pages, for unit tests
 */
#ifndef TLSF_FIXTURE_H
#define TLSF_FIXTURE_H

#include "tlsf/tlsf_priv.h"
#include "tlsf/tlsf.h"
#include "test.h"

#define REGION 4096UL

static unsigned char mem[2][REGION] __attribute__((aligned(4096)));
static unsigned char engine[XMEM_TLSF_BYTES(16)] __attribute__((aligned(64)));
static struct xmem_tlsf *const t = (struct xmem_tlsf *)engine;

static int setup(void **state)
{
	void *bad;

	(void)state;
	memset(mem, 0xcc, sizeof(mem));
	xmem_tlsf_init(t, REGION, 0);
	return xmem_tlsf_add(t, mem[0], REGION, &bad) != XMEM_TLSF_OK;
}

static void *take(unsigned long size, unsigned long align)
{
	void *damaged = NULL;
	void *p = xmem_tlsf_take(t, size, align, &damaged);

	assert_null(damaged);
	ASSERT_VALID(xmem_tlsf_check(t));
	if (p != NULL) {
		memset(p, 0xa5, size);
		ASSERT_VALID(xmem_tlsf_check(t));
	}
	return p;
}

static enum xmem_tlsf_error give(void *p)
{
	void *region = NULL;
	enum xmem_tlsf_error error = xmem_tlsf_give(t, p, &region);

	ASSERT_VALID(xmem_tlsf_check(t));
	if (error == XMEM_TLSF_OK) {
		assert_null(region);
	} else if (error == XMEM_TLSF_EMPTIED) {
		assert_true(region == mem[0] || region == mem[1]);
	} else {
		assert_ptr_equal(region, p);
	}
	return error;
}

#define T(name) cmocka_unit_test_setup(name, setup)

#endif /* TLSF_FIXTURE_H */
