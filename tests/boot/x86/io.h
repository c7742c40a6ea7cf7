/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io.h - ports and interrupts
 */
#ifndef BOOT_IO_H
#define BOOT_IO_H

#include <xmem/types.h>

static inline void boot_outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline void boot_outl(uint16_t port, uint32_t v)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}

static inline uint8_t boot_inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void boot_irq_on(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void boot_irq_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/* Interrupts on, and asleep until one comes: no gap between the two. */
static inline void boot_irq_on_and_halt(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}

static inline bool boot_irq_is_on(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return (flags & 0x200) != 0;
}

#endif /* BOOT_IO_H */
