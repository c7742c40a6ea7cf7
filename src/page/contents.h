/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contents.h - reach what a frame contains, whether it is mapped or not
 *
 * The frame may be mapped in a window that only this CPU has. So from open to
 * close the caller is on one CPU, (N) says so, and does work for one page. It
 * calls no xmem_port_relax() in between.
 */
#ifndef PAGE_CONTENTS_H
#define PAGE_CONTENTS_H

#include <xmem/frames.h>
#include <xmem/lock.h>
#include <xmem/map.h>
#include <xmem/port.h>

/** Map frame @mfn and stay on this CPU. *@preempt: for xmem_contents_close().
 *  Return: address of its page. */
static inline void *xmem_contents_open(unsigned long mfn,
				       xmem_preempt_t *preempt) XMEM_LOCKS(N)
{
	xmem_port_preempt_off(*preempt);
	return xmem_port_map_domain_page(_mfn(mfn));
}

/** Unmap @page, which xmem_contents_open() has mapped. */
static inline void xmem_contents_close(const void *page, xmem_preempt_t preempt)
	XMEM_UNLOCKS(N)
{
	xmem_port_unmap_domain_page(page);
	xmem_port_preempt_on(preempt);
}

#endif /* PAGE_CONTENTS_H */
