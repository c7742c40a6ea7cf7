/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * union.h - blocks that are unions of parts: what is seldom done to a block
 */
#ifndef PAGE_UNION_H
#define PAGE_UNION_H

#include "page/mark.h"

/** Free @block, of nobody's, which the heap has refused to take as a whole with
 *  error @rc; or panic, with nothing changed. */
void xmem_union_free(const struct marked_block *block, int rc);

/** Make the frames of @block, which has been claimed and has no marks any more,
 *  plain. Panics if one is free. */
void xmem_union_make_plain(const struct marked_block *block);

#endif /* PAGE_UNION_H */
