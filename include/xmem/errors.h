/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errors.h - error numbers
 *
 * Functions return them negated (-EINVAL in a comment is -XMEM_EINVAL). They
 * have the usual values. A host with values of its own, macros or enumerators,
 * defines these names before: `#define XMEM_EINVAL MY_EINVAL`. It does so in
 * `xmem_port.h`, and once more before it includes <xmem/hooks.h>, which does
 * not read that file.
 */
#ifndef XMEM_ERRORS_H
#define XMEM_ERRORS_H

#include <xmem/options.h>

#ifndef XMEM_EINVAL
#define XMEM_ENOENT 2
#define XMEM_ENOMEM 12
#define XMEM_EBUSY  16
#define XMEM_EEXIST 17
#define XMEM_EINVAL 22
#define XMEM_ENOSPC 28
#define XMEM_ERANGE 34
#endif

#endif /* XMEM_ERRORS_H */
