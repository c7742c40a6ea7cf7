/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * union.h - blocks that are unions of parts: what is seldom done to a block
 */
#ifndef PAGE_UNION_H
#define PAGE_UNION_H

#include "page/mark.h"

/** Make @block plain, of nobody's, which the heap has refused to take as a
 *  whole, as some of its frames are described; or panic, with nothing changed.
 *  There are caches. */
void xmem_union_make_plain(const struct marked_block *block);

#endif /* PAGE_UNION_H */
