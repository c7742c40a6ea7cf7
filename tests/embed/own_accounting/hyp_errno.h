/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hyp_errno.h - the hypervisor's error numbers: enumerators, of its own values
 */
#ifndef HYP_ERRNO_H
#define HYP_ERRNO_H

enum {
	ENOENT = 1002,
	ENOMEM = 1012,
	EBUSY = 1016,
	EEXIST,
	EINVAL,
	ENOSPC,
	ERANGE
};

#endif /* HYP_ERRNO_H */
