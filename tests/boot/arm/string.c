/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * string.c - what libfdt, compiled for a hosted system, wants of one
 */
#include "boot.h"

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
void *memchr(const void *s, int c, size_t n);
XMEM_NORETURN void __stack_chk_fail(void);

/* Debian compiles its packages with stack protection. The value need not be
 * a secret here. */
extern unsigned long __stack_chk_guard;
unsigned long __stack_chk_guard = 0x5afe0c0dUL;

void __stack_chk_fail(void)
{
	boot_bail_out("libfdt has overrun its stack frame");
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0') {
		n++;
	}
	return n;
}

size_t strlen(const char *s)
{
	return strnlen(s, ~(size_t)0);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)(unsigned long)s;
		}
		if (*s == '\0') {
			return NULL;
		}
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		last = *s == (char)c ? s : last;
		if (*s == '\0') {
			return (char *)(unsigned long)last;
		}
	}
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *byte = s;

	for (size_t i = 0; i < n; i++) {
		if (byte[i] == (unsigned char)c) {
			return (void *)(unsigned long)(byte + i);
		}
	}
	return NULL;
}
