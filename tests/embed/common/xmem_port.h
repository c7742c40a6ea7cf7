/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the smallest port there is: all defaults
 */
