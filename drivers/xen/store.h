/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The ring to xenstored, under the client. */
#ifndef DRIVERS_XEN_STORE_H
#define DRIVERS_XEN_STORE_H

#include <pvops/errno.h>
#include <pvops/pvops.h>
#include <pvops/xen-store.h>
#include <pvops/xen.h>
#include "public.h"

/* Find page and port: 1 if they are new, for the first time or after a restore. */
int store_ring_init(void);

/* Put or get so many bytes, waiting for room or for more; -ETIMEDOUT, -EPROTO (for good). */
int store_put(const void *bytes, u32 len, u64 deadline);
int store_get(void *bytes, u32 len, u64 deadline);

/* Is there anything to get, now or until the deadline? */
bool store_readable(u64 deadline);

/* The stream is out of step: nothing can be asked any more. */
void store_broken(const char *why);

#endif /* DRIVERS_XEN_STORE_H */
