/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * front.h - public names of functions that the library calls itself
 *
 * A host may define a public function itself, most often as a thin one around
 * the library's. The library must not call that one by surprise, nor come in
 * its way. So a function that other files of the library need has a name of
 * its own, xmem_<file>_<verb>, and the public name is one more name of it,
 * which gives way to the host's. It costs no byte.
 */
#ifndef LIB_FRONT_H
#define LIB_FRONT_H

/** XMEM_FRONT - @name, which a public header declares, is @own, a function of
 *  this file. */
#define XMEM_FRONT(name, own) \
	extern __typeof__(own) name __attribute__((__weak__, __alias__(#own)))

#endif /* LIB_FRONT_H */
