/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * agree.h - what is compiled in different ways is not linked together
 *
 * The library and the programs that use it share structs, inline functions
 * and constants. They depend on options and on the port, so both must be
 * compiled with the same ones. <xmem/options.h> sees to it where `make` has
 * built the library and its flags are used. Here is what holds for everyone: a
 * header names what must agree,
 *
 *	XMEM_AGREE(config)
 *	{
 *		XMEM_AGREE_ON("PAGE_SHIFT", PAGE_SHIFT);
 *		XMEM_AGREED();
 *	}
 *
 * and each object that was compiled with the header defines the symbol
 * xmem_must_agree_PAGE_SHIFT, with 12 as its value. Linkers take a second
 * definition of such a symbol (an absolute one) if it has the same value, and
 * refuse another: "multiple definition of `xmem_must_agree_PAGE_SHIFT'". The
 * loaded image does not have it, nor any section, so nothing can drop it or
 * must keep it; and no object of the library is needed for it.
 *
 * A compiler puts numbers into assembler only inside a function. That one has
 * no code, as its end is never reached, and no symbol: its name is a label of
 * the assembler.
 */
#ifndef XMEM_AGREE_H
#define XMEM_AGREE_H

#include <xmem/types.h>

#ifdef __ELF__
#define XMEM_AGREE(name)                                                    \
	static void xmem_agree_##name(void) __asm__(".Lxmem_agree_" #name); \
	static __attribute__((                                              \
		__used__, __noreturn__, __no_instrument_function__,         \
		__no_sanitize__("undefined"))) void xmem_agree_##name(void)

/* With -flto many objects are one text for the assembler: then it compares. */
#define XMEM_AGREE_ON(what, value)                                          \
	__asm__ volatile(".ifndef xmem_must_agree_" what "\n\t"             \
			 ".globl xmem_must_agree_" what "\n\t"              \
			 ".hidden xmem_must_agree_" what "\n\t"             \
			 ".set xmem_must_agree_" what ", -(%n0)\n\t"        \
			 ".elseif xmem_must_agree_" what " + %n0\n\t"       \
			 ".error \"xmem_must_agree_" what ", in vain\"\n\t" \
			 ".endif" ::"i"(XMEM_IF_CONSTANT(value, -1)))
#define XMEM_AGREED() __builtin_unreachable()
#else
/* Other object formats have no such symbols. */
#define XMEM_AGREE(name)	   static inline void xmem_agree_##name(void)
#define XMEM_AGREE_ON(what, value) ((void)0)
#define XMEM_AGREED()		   ((void)0)
#endif

/** 1 if the macro @option is defined, whatever as; a constant. */
#define XMEM_IS_DEFINED(option)	 (sizeof(XMEM_SPELT(option)) != sizeof(#option))
#define XMEM_SPELT(...)		 XMEM_SPELT_AS_IT_IS(__VA_ARGS__)
#define XMEM_SPELT_AS_IT_IS(...) #__VA_ARGS__

#endif /* XMEM_AGREE_H */
