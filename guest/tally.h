/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The backend `tally`: what the one below does, and a count of it. By pvops=tally alone. */
#ifndef GUEST_TALLY_H
#define GUEST_TALLY_H

#include <pvops/types.h>

/* Calls of its functions so far on a CPU. */
unsigned long tally_calls(unsigned int cpu);

#endif /* GUEST_TALLY_H */
