/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * version.h - the version of the library; the one place that says it
 *
 * What a higher major, minor or patch number means to you is said at the head
 * of docs/CHANGELOG.md. The .pc files, `make dist` and the documents take the
 * version from here (tests/version.sh).
 */
#ifndef XMEM_VERSION_H
#define XMEM_VERSION_H

#define XMEM_VERSION_MAJOR 0
#define XMEM_VERSION_MINOR 1
#define XMEM_VERSION_PATCH 0

/** A version as a number, to compare with:
 *  #if XMEM_VERSION_NUMBER >= XMEM_MAKE_VERSION(0, 2, 0) */
#define XMEM_MAKE_VERSION(major, minor, patch) \
	((major)*1000000 + (minor)*1000 + (patch))
#define XMEM_VERSION_NUMBER                                       \
	XMEM_MAKE_VERSION(XMEM_VERSION_MAJOR, XMEM_VERSION_MINOR, \
			  XMEM_VERSION_PATCH)

/** The version as a string, "major.minor.patch". */
#define XMEM_VERSION                                              \
	XMEM_VERSION_TEXT(XMEM_VERSION_MAJOR, XMEM_VERSION_MINOR, \
			  XMEM_VERSION_PATCH)
/* For XMEM_VERSION alone: by now its arguments are numbers. */
#define XMEM_VERSION_TEXT(major, minor, patch) \
	XMEM_VERSION_DOTTED(major, minor, patch)
#define XMEM_VERSION_DOTTED(major, minor, patch) #major "." #minor "." #patch

#endif /* XMEM_VERSION_H */
