/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - the options that a library was built with; empty here
 *
 * This one is for the library itself, and for those who compile its sources in
 * a build of their own: they set options in xmem_port.h or by flags. For
 * programs that use a library it has built, `make` writes another one,
 * build/<variant>/include/xmem/options.h, and installs it. The flags of
 * pkg-config put it first on the include path.
 */
#ifndef XMEM_OPTIONS_H
#define XMEM_OPTIONS_H

#endif /* XMEM_OPTIONS_H */
