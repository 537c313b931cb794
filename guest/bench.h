/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

/* Measure and print; CPU 0 alone, before other CPUs start, sites patched, not sealed. */
void bench_main(void);

#endif /* GUEST_BENCH_H */
