/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.c - the four functions every freestanding C environment supplies
 *
 * By words where both addresses are aligned, in plain C. The empty asm keeps
 * the compiler from making a call of the same function out of a loop.
 */
#include "lib/mem.h"

#define WORD	      sizeof(unsigned long)
#define STAY_A_LOOP() __asm__ volatile("" ::: "memory")

static bool are_aligned(const void *a, const void *b)
{
	return (((unsigned long)a | (unsigned long)b) & (WORD - 1)) == 0;
}

/* Upwards; also right where @dst overlaps @src from below. */
static void copy_up(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (are_aligned(d, s)) {
		for (; n >= WORD; n -= WORD) {
			*(unsigned long *)(void *)d =
				*(const unsigned long *)(const void *)s;
			d += WORD;
			s += WORD;
			STAY_A_LOOP();
		}
	}
	for (; n > 0; n--) {
		*d++ = *s++;
		STAY_A_LOOP();
	}
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((unsigned long)dst - (unsigned long)src >= n) {
		copy_up(dst, src, n);
		return dst;
	}
	while (n > 0) {
		n--;
		d[n] = s[n];
		STAY_A_LOOP();
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned long word = ~0UL / 255 * (unsigned char)c;
	unsigned char *d = dst;

	for (; n > 0 && !are_aligned(d, d); n--) {
		*d++ = (unsigned char)c;
		STAY_A_LOOP();
	}
	for (; n >= WORD; n -= WORD) {
		*(unsigned long *)(void *)d = word;
		d += WORD;
		STAY_A_LOOP();
	}
	for (; n > 0; n--) {
		*d++ = (unsigned char)c;
		STAY_A_LOOP();
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	for (size_t i = 0; i < n; i++) {
		if (x[i] != y[i]) {
			return x[i] < y[i] ? -1 : 1;
		}
	}
	return 0;
}
