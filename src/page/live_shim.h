/* SPDX-License-Identifier: BSD-2-Clause */
/* live_shim.h - until <xmem/page_info.h> has them (branch caches) */
#ifndef PAGE_LIVE_SHIM_H
#define PAGE_LIVE_SHIM_H
#include <xmem/page_info.h>
#ifndef XMEM_PAGE_HAS_LIVE
#define XMEM_PAGE_HAS_LIVE false
#define XMEM_LIVE_NONE	   0U
#define XMEM_LIVE_FRAME	   1U
#define XMEM_LIVE_SUPER	   2U
#define xmem_page_live(pg) ((void)(pg), 0U)
#define xmem_page_set_live(pg, v) ((void)(pg), (void)(v))
#endif
#endif
