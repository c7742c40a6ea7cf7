/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_bytes.h - all bytes of an engine: has a call that failed changed any?
 */
#ifndef BUDDY_BYTES_H
#define BUDDY_BYTES_H

#include "buddy/buddy_priv.h"
#include "test.h"

/* An engine, and its metadata, which it points to. */
struct buddy_bytes {
	struct xmem_buddy *buddy;
	void *meta;
	unsigned long bytes;
};

static inline bool bytes_are(struct buddy_bytes b,
			     const struct xmem_buddy *buddy, const void *meta)
{
	return memcmp(b.buddy, buddy, sizeof(*buddy)) == 0 &&
	       memcmp(b.meta, meta, b.bytes) == 0;
}

static inline void bytes_become(struct buddy_bytes b,
				const struct xmem_buddy *buddy,
				const void *meta)
{
	*b.buddy = *buddy;
	memcpy(b.meta, meta, b.bytes);
}

/* Are they as before, @buddy and @meta? The call may have settled what the last
 * take had left untold, and nothing else. */
static inline bool bytes_are_kept(struct buddy_bytes b,
				  const struct xmem_buddy *buddy,
				  const void *meta)
{
	struct xmem_buddy now = *b.buddy;
	void *meta_now;
	bool kept;

	if (bytes_are(b, buddy, meta)) {
		return true;
	}
	meta_now = malloc(b.bytes);
	assert_non_null(meta_now);
	memcpy(meta_now, b.meta, b.bytes);
	bytes_become(b, buddy, meta);
	xmem_buddy_settle(b.buddy);
	kept = bytes_are(b, &now, meta_now);
	bytes_become(b, &now, meta_now);
	free(meta_now);
	return kept;
}

#endif /* BUDDY_BYTES_H */
