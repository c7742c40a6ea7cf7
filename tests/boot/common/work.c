/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work.c - the other CPUs: one by one they start, and have a mailbox each
 *
 * A CPU without work sleeps until it is kicked, then looks: boot_has_work(),
 * boot_do_work(). How it sleeps and is woken is the architecture's affair.
 */
#include <xmem/admin.h>

#include "common.h"

static struct {
	void (*work)(void *); /* NULL when idle */
	void *arg;
} mailbox[NR_CPUS];

unsigned int boot_nr_online = 1;

unsigned int contract_nr_cpus(void)
{
	return __atomic_load_n(&boot_nr_online, __ATOMIC_ACQUIRE);
}

bool boot_wait_online(const bool *online, unsigned int ms)
{
	while (!__atomic_load_n(online, __ATOMIC_ACQUIRE)) {
		if (ms-- == 0) {
			return false;
		}
		boot_pause_1ms();
	}
	return true;
}

void boot_start_cpus(unsigned int nr, bool (*start)(unsigned int cpu))
{
	for (unsigned int i = 1; i < nr; i++) {
		int rc = xmem_cpu_up(i, xmem_port_cpu_to_node(i));

		if (rc != 0) {
			boot_bail_out("CPU %u gets no cache: %d", i, rc);
		}
		if (!start(i)) {
			boot_bail_out("CPU %u does not start", i);
		}
		__atomic_fetch_add(&boot_nr_online, 1, __ATOMIC_RELEASE);
	}
}

bool boot_has_work(unsigned int cpu)
{
	return __atomic_load_n(&mailbox[cpu].work, __ATOMIC_ACQUIRE) != NULL;
}

void boot_do_work(unsigned int cpu)
{
	void (*fn)(void *) =
		__atomic_load_n(&mailbox[cpu].work, __ATOMIC_ACQUIRE);

	fn(mailbox[cpu].arg);
	__atomic_store_n(&mailbox[cpu].work, NULL, __ATOMIC_RELEASE);
}

void contract_post(unsigned int cpu, void (*fn)(void *), void *arg)
{
	mailbox[cpu].arg = arg;
	__atomic_store_n(&mailbox[cpu].work, fn, __ATOMIC_RELEASE);
	boot_kick(cpu);
}

void contract_wait(unsigned int cpu)
{
	while (boot_has_work(cpu)) {
		xmem_port_cpu_pause();
	}
}

void contract_run_on(unsigned int cpu, void (*fn)(void *), void *arg)
{
	if (cpu == xmem_port_cpu()) {
		fn(arg);
		return;
	}
	contract_post(cpu, fn, arg);
	contract_wait(cpu);
}

void contract_run_all(void (*fn)(void *), void *arg)
{
	unsigned int self = xmem_port_cpu();

	for (unsigned int i = 0; i < contract_nr_cpus(); i++) {
		if (i != self) {
			contract_post(i, fn, arg);
		}
	}
	fn(arg);
	for (unsigned int i = 0; i < contract_nr_cpus(); i++) {
		if (i != self) {
			contract_wait(i);
		}
	}
}
