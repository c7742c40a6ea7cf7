/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * renamed.h - a function of this name the hypervisor has itself, with other
 * parameters
 */
void *xen_pages(unsigned int order, unsigned int memflags);
