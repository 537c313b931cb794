/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the vendor's backend share. */
#ifndef VENDOR_H
#define VENDOR_H

#include <pvops/pvops.h>

/* time.c */
pvops_fn_time_clock_t vendor_time_clock;
pvops_fn_time_wallclock_t vendor_time_wallclock;
void vendor_time_start(void);		/* the host's mappings work: look for the device */

#endif /* VENDOR_H */
