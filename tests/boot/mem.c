/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.c - the four functions every freestanding C environment supplies
 */
#include "lib/mem.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n)::"memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((unsigned long)dst - (unsigned long)src >= n) {
		return memcpy(dst, src, n);
	}
	while (n > 0) {
		n--;
		d[n] = s[n];
		__asm__ volatile("" ::: "memory"); /* stay a loop */
	}
	return dst;
}

/* By words where it can: emulated byte strings are slow. */
void *memset(void *dst, int c, size_t n)
{
	uint64_t word = 0x0101010101010101UL * (unsigned char)c;
	size_t words = n / 8;
	size_t tail = n % 8;
	void *d = dst;

	__asm__ volatile("rep stosq"
			 : "+D"(d), "+c"(words)
			 : "a"(word)
			 : "memory");
	__asm__ volatile("rep stosb"
			 : "+D"(d), "+c"(tail)
			 : "a"(word)
			 : "memory");
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
