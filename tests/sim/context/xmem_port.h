/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the host's port, which counts when others are let run
 */
#ifndef CONTEXT_PORT_H
#define CONTEXT_PORT_H

#include "../../host/include/xmem_port.h"

extern unsigned long context_nr_relaxed;
#define xmem_port_relax() ((void)context_nr_relaxed++)

#endif /* CONTEXT_PORT_H */
