/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frees.h - the same block freed on two CPUs: main() of twice.c, twice_told.c
 */
#ifndef FREES_H
#define FREES_H

int frees_main(void);

#endif /* FREES_H */
