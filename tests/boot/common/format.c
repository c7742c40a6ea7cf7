/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format.c - formatted output into a buffer
 */
#include "common.h"

struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void emit(struct out *out, char c)
{
	if (out->len + 1 < out->size) {
		out->buf[out->len++] = c;
	}
}

static void emit_text(struct out *out, const char *s)
{
	for (s = s != NULL ? s : "(null)"; *s != '\0'; s++) {
		emit(out, *s);
	}
}

struct spec {
	unsigned int width;
	char pad;
	unsigned int longs; /* 1: l or z, 2: ll */
};

/* @v / @base without a division of 64 bits, for which a 32-bit CPU calls a
 * library: digit by digit from the top, as on paper. */
static uint64_t divide(uint64_t v, unsigned int base, unsigned int *rest)
{
	uint64_t quotient = 0;
	unsigned int r = 0;

	for (unsigned int i = 64; i-- > 0;) {
		r = r << 1 | (unsigned int)(v >> i & 1);
		if (r >= base) {
			r -= base;
			quotient |= (uint64_t)1 << i;
		}
	}
	*rest = r;
	return quotient;
}

static void emit_number(struct out *out, uint64_t v, unsigned int base,
			struct spec spec)
{
	char digits[24];
	unsigned int nr = 0;
	unsigned int digit;

	do {
		v = divide(v, base, &digit);
		digits[nr++] = "0123456789abcdef"[digit];
	} while (v != 0);
	for (; spec.width > nr; spec.width--) {
		emit(out, spec.pad);
	}
	while (nr > 0) {
		emit(out, digits[--nr]);
	}
}

static const char *parse_spec(const char *fmt, struct spec *spec)
{
	*spec = (struct spec){0, ' ', 0};
	if (*fmt == '0') {
		spec->pad = '0';
	}
	while (*fmt >= '0' && *fmt <= '9') {
		spec->width = spec->width * 10 + (unsigned int)(*fmt++ - '0');
	}
	while (*fmt == 'l' || *fmt == 'z') {
		spec->longs++;
		fmt++;
	}
	return fmt;
}

/* The arguments that are left. A struct, so that it can be passed on. */
struct args {
	__builtin_va_list list;
};

static uint64_t next_unsigned(struct args *args, unsigned int longs)
{
	switch (longs) {
	case 0:
		return __builtin_va_arg(args->list, unsigned int);
	case 1:
		return __builtin_va_arg(args->list, unsigned long);
	default:
		return __builtin_va_arg(args->list, unsigned long long);
	}
}

static int64_t next_signed(struct args *args, unsigned int longs)
{
	switch (longs) {
	case 0:
		return __builtin_va_arg(args->list, int);
	case 1:
		return __builtin_va_arg(args->list, long);
	default:
		return __builtin_va_arg(args->list, long long);
	}
}

static void convert_signed(struct out *out, int64_t v, struct spec spec)
{
	if (v < 0) {
		emit(out, '-');
	}
	emit_number(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, spec);
}

static void convert(struct out *out, char c, struct spec spec,
		    struct args *args)
{
	switch (c) {
	case 's':
		emit_text(out, __builtin_va_arg(args->list, const char *));
		break;
	case 'c':
		emit(out, (char)__builtin_va_arg(args->list, int));
		break;
	case 'p':
		emit_text(out, "0x");
		emit_number(out, next_unsigned(args, 1), 16, spec);
		break;
	case 'd':
		convert_signed(out, next_signed(args, spec.longs), spec);
		break;
	case 'u':
	case 'x':
		emit_number(out, next_unsigned(args, spec.longs),
			    c == 'x' ? 16 : 10, spec);
		break;
	default:
		emit(out, c);
		break;
	}
}

void boot_vformat(char *buf, size_t size, const char *fmt,
		  __builtin_va_list list)
{
	struct out out = {buf, size, 0};
	struct args args;

	__builtin_va_copy(args.list, list);
	for (; *fmt != '\0'; fmt++) {
		struct spec spec;

		if (*fmt != '%') {
			emit(&out, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec);
		convert(&out, *fmt, spec, &args);
	}
	__builtin_va_end(args.list);
	buf[out.len] = '\0';
}

void contract_format(char *buf, size_t size, const char *fmt, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	boot_vformat(buf, size, fmt, args);
	__builtin_va_end(args);
}
