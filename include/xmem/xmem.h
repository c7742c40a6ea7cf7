/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem.h - the whole stack
 */
#ifndef XMEM_XMEM_H
#define XMEM_XMEM_H

#include <xmem/admin.h>
#include <xmem/agree.h>
#include <xmem/boot.h>
#include <xmem/config.h>
#include <xmem/debug.h>
#include <xmem/frames.h>
#include <xmem/hooks.h>
#include <xmem/lock.h>
#include <xmem/map.h>
#include <xmem/owner.h>
#include <xmem/page_info.h>
#include <xmem/pages.h>
#include <xmem/pool.h>
#include <xmem/port.h>
#include <xmem/types.h>
#include <xmem/version.h>
#include <xmem/vmap.h>
#include <xmem/xenheap.h>
#include <xmem/xmalloc.h>
#include <xmem/xvmalloc.h>

#endif /* XMEM_XMEM_H */
