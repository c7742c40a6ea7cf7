/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * union.h - blocks that are unions of parts: what is seldom done to a block
 */
#ifndef PAGE_UNION_H
#define PAGE_UNION_H

#include "page/mark.h"

/** Free @block, of nobody's, which the heap has refused to take as a whole, as
 *  some of its frames are described; or panic, with nothing changed. There are
 *  caches. */
void xmem_union_free(const struct marked_block *block);

#endif /* PAGE_UNION_H */
