/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the benchmark adapters: defaults, and x86's pause
 */
#ifndef ADAPTER_PORT_H
#define ADAPTER_PORT_H

#define xmem_port_cpu_pause() __builtin_ia32_pause()

#endif /* ADAPTER_PORT_H */
