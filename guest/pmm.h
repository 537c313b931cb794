/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_PMM_H
#define GUEST_PMM_H

#include "guest.h"

/* Memory from the boot map; before vmm_init() only what the boot tables map. */
void pmm_init(void);

/* Called by vmm.c as the direct map grows: frames below this are mapped. */
void pmm_mapped(unsigned long pfn_end);

/* A zeroed page in the direct map, or NULL. */
void *page_alloc(void);
void page_free(void *page);

/* Reference counts, for copy-on-write: a fresh page has 1; page_put() frees at 0. */
void page_get(void *page);
void page_put(void *page);
unsigned int page_count(void *page);
unsigned long pages_free(void);

#endif /* GUEST_PMM_H */
