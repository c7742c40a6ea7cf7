/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - serial port, formatted output, clock, leaving QEMU
 */
#include "boot.h"
#include "io.h"

#define COM1	   0x3f8
#define DEBUG_EXIT 0xf4

void boot_console_init(void)
{
	boot_outb(COM1 + 1, 0);	   /* no interrupts */
	boot_outb(COM1 + 3, 0x80); /* divisor latch */
	boot_outb(COM1 + 0, 1);
	boot_outb(COM1 + 1, 0);
	boot_outb(COM1 + 3, 0x03); /* 8n1 */
	boot_outb(COM1 + 2, 0x07); /* FIFO on */
}

static void put_char(char c)
{
	while ((boot_inb(COM1 + 5) & 0x20) == 0) {
	}
	boot_outb(COM1, (uint8_t)c);
}

/* QEMU leaves with status (@code << 1) | 1. */
void boot_exit(unsigned int code)
{
	boot_outl(DEBUG_EXIT, code);
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

/* The real-time clock, in binary-coded decimal as firmware leaves it. */
unsigned int boot_seconds_since(unsigned int then)
{
	static unsigned char busy;
	unsigned int bcd;

	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	boot_outb(0x70, 0);
	bcd = boot_inb(0x71);
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	return ((bcd >> 4) * 10 + (bcd & 15) + 60 - then) % 60;
}

bool boot_contains(const char *text, const char *part)
{
	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (part[i] != '\0' && text[i] == part[i]) {
			i++;
		}
		if (part[i] == '\0') {
			return true;
		}
	}
	return false;
}

/* ---- formatting ---- */

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
	unsigned int longs;
};

static void emit_number(struct out *out, unsigned long long v,
			unsigned int base, struct spec spec)
{
	char digits[24];
	unsigned int nr = 0;

	do {
		digits[nr++] = "0123456789abcdef"[v % base];
		v /= base;
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

/* One conversion. @args is a struct, so that it can be passed on. */
struct args {
	__builtin_va_list list;
};

static void convert(struct out *out, char c, struct spec spec,
		    struct args *args)
{
	if (c == 's') {
		emit_text(out, __builtin_va_arg(args->list, const char *));
	} else if (c == 'p') {
		emit_text(out, "0x");
		emit_number(out, __builtin_va_arg(args->list, unsigned long),
			    16, spec);
	} else if (c == 'd') {
		long v = spec.longs > 0 ? __builtin_va_arg(args->list, long)
					: __builtin_va_arg(args->list, int);
		if (v < 0) {
			emit(out, '-');
		}
		emit_number(out, (unsigned long)(v < 0 ? -v : v), 10, spec);
	} else if (c == 'u' || c == 'x') {
		unsigned long v =
			spec.longs > 0
				? __builtin_va_arg(args->list, unsigned long)
				: __builtin_va_arg(args->list, unsigned int);
		emit_number(out, v, c == 'x' ? 16 : 10, spec);
	} else {
		emit(out, c);
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

void boot_format(char *buf, size_t size, const char *fmt, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	boot_vformat(buf, size, fmt, args);
	__builtin_va_end(args);
}

/* Lines of different CPUs do not mix. Not the library's lock: this one may
 * be taken while others are held. */
static unsigned char console_busy;

void boot_vprint(const char *fmt, __builtin_va_list args)
{
	char text[320];

	boot_vformat(text, sizeof(text), fmt, args);
	while (__atomic_exchange_n(&console_busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	for (const char *s = text; *s != '\0'; s++) {
		put_char(*s);
	}
	__atomic_store_n(&console_busy, 0, __ATOMIC_RELEASE);
}

void boot_print(const char *fmt, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	boot_vprint(fmt, args);
	__builtin_va_end(args);
}

/* What the library prints becomes a TAP comment. */
void xmem_port_print(const char *fmt, ...)
{
	char text[256];
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	boot_print("# %s", text);
}
