/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * renamed.h - functions of xmem whose names the hypervisor has itself
 *
 * xmem_port.h reads it as well, so the compiler compares it with
 * <xmem/xmalloc.h>.
 */
void *lib_xmalloc(unsigned long size, unsigned long align);
void lib_xfree(void *ptr);
