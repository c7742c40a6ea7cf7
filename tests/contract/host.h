/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h - what the two files of the host's platform share
 */
#ifndef CONTRACT_HOST_H
#define CONTRACT_HOST_H

#define HOST_CPUS 4U

/* This thread is CPU 0; start threads for the others, @nr CPUs in all, on
 * vmalloc'd stacks. */
void host_cpus_on(unsigned int nr);
/* End the threads, free their stacks. */
void host_cpus_off(void);

#endif /* CONTRACT_HOST_H */
