/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - what the library was built with: here nothing is known
 *
 * This header is for the library itself, and for those who compile its
 * sources with their own build: options are where they put them, in
 * xmem_port.h or in flags. `make` writes another one for programs that use
 * what it has built, build/<variant>/include/xmem/options.h, and installs
 * it. It comes first on the include path: pkg-config says so.
 */
#ifndef XMEM_OPTIONS_H
#define XMEM_OPTIONS_H

#endif /* XMEM_OPTIONS_H */
