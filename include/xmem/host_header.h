/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_header.h - read a header of the host, whatever it looks like
 *
 * XMEM_HOST_HEADER is its name: "xmem_port.h", or XMEM_PORT_PAGE_INFO. What is
 * read from here on counts as a header of the system: the flags that a source
 * is compiled with warn about the source, not about the host. Read twice, it
 * reads two headers.
 */
#ifdef XMEM_HOST_HEADER
#pragma GCC system_header
#include XMEM_HOST_HEADER
#endif
