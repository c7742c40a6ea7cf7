/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phase.c - check that the functions of the boot are called in order
 *
 * For each function the table lists the steps that it needs and the steps that
 * it must come before; itself, if it may be called only once. The hand-over is
 * needed only if the boot allocator was given RAM: a host may do without it.
 */
#include "lib/phase.h"

#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/phase_arch.h"

#define STEP(phase) (1U << XMEM_PHASE_##phase)

unsigned int xmem_phases;

static const struct {
	const char *name;
	unsigned char needs;
	unsigned char before;
} rules[XMEM_PHASE_NR] = {
	[XMEM_PHASE_RAM] = {"init_boot_pages()", 0, STEP(DIRECTMAP)},
	[XMEM_PHASE_DIRECTMAP] = {"arch_init_directmap()", STEP(RAM),
				  STEP(DIRECTMAP) | STEP(HANDOVER)},
	[XMEM_PHASE_FRAMETABLE] = {"arch_init_frametable()",
				   STEP(RAM) | STEP(DIRECTMAP),
				   STEP(FRAMETABLE) | STEP(HANDOVER)},
	[XMEM_PHASE_HANDOVER] = {"end_boot_allocator()",
				 STEP(DIRECTMAP) | STEP(FRAMETABLE),
				 STEP(HANDOVER)},
	[XMEM_PHASE_LATE] = {"heap_init_late()", STEP(HANDOVER), STEP(LATE)},
	[XMEM_PHASE_RESERVE] = {"xmem_boot_reserve()", STEP(RAM), 0},
	[XMEM_PHASE_LIMIT] = {"xenheap_max_mfn()", 0, STEP(DIRECTMAP)},
	[XMEM_PHASE_VMAP] = {"vm_init()", STEP(DIRECTMAP), 0},
	[XMEM_PHASE_XENHEAP] = {"init_xenheap_pages()",
				STEP(DIRECTMAP) | STEP(FRAMETABLE), 0},
	[XMEM_PHASE_DOMHEAP] = {"init_domheap_pages()",
				STEP(DIRECTMAP) | STEP(FRAMETABLE), 0},
};

/* The first step of @steps, not 0. */
static const char *first_of(unsigned int steps)
{
	return rules[xmem_ffs32(steps)].name;
}

void xmem_phase_check(enum xmem_phase call, const void *caller)
{
	const char *name = rules[call].name;
	unsigned int missing = rules[call].needs & ~xmem_phases;
	unsigned int over = rules[call].before & xmem_phases;

	if (!XMEM_PHASE_MAPS) {
		missing &= ~(STEP(DIRECTMAP) | STEP(FRAMETABLE));
	}
	if (!xmem_phase_is_done(XMEM_PHASE_RAM)) {
		missing &= ~STEP(HANDOVER);
	}
	XMEM_PANIC_IF((over & 1U << call) != 0,
		      "boot: %s called twice, caller %p\n", name, caller);
	XMEM_PANIC_IF(missing != 0,
		      "boot: %s before %s: call that first, caller %p\n", name,
		      first_of(missing), caller);
	XMEM_PANIC_IF(over != 0,
		      "boot: %s comes after %s: call it before that, caller "
		      "%p\n",
		      name, first_of(over), caller);
}
