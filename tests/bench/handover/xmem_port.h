/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of bench_handover: the defaults, partial layout
 */
#ifndef HANDOVER_XMEM_PORT_H
#define HANDOVER_XMEM_PORT_H

#define XMEM_LAYOUT XMEM_LAYOUT_PARTIAL
#define XMEM_CONFIG_BOOT_REGIONS 2048

#endif /* HANDOVER_XMEM_PORT_H */
