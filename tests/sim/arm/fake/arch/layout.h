/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - arm64's windows where the machine of tests/sim has room
 */
#ifndef FAKE_ARCH_LAYOUT_H
#define FAKE_ARCH_LAYOUT_H

#include "../../../sim_windows.h"

#include_next <arch/layout.h>

#endif /* FAKE_ARCH_LAYOUT_H */
