/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errors.h - error numbers
 *
 * Functions return them negated (-EINVAL in a comment is -XMEM_EINVAL). They
 * have the usual values. A host with values of its own, macros or enumerators,
 * defines these names in `xmem_port.h`: `#define XMEM_EINVAL MY_EINVAL`. The
 * library returns its values then, and its own files do not need this header.
 * A file that reads <xmem/hooks.h> and no `xmem_port.h`, of a host that has not
 * done so, may include it.
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
