/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A kernel on the scripted PV Xen: its services, its start as core does it, ops by the table. */
#ifndef TESTS_XEN_PV_H
#define TESTS_XEN_PV_H

#include "xen_pv_calls.h"
#include "apart.h"
#include "../backends/xen/backend.c"

extern const struct pvops_boot_proto xen_boot_proto;

static struct pvops_boot boot;
static bool page_used[NR_PAGES];
static int alloc_fails_at;
static int allocs;

const void *pvops_table[PVOPS_NR_OPS];

static void *take_pages(unsigned int order)
{
	unsigned long nr = 1UL << order, pfn, n;

	for (pfn = HEAP; pfn + nr <= NR_PAGES; pfn++) {
		for (n = 0; n < nr && !page_used[pfn + n]; n++)
			;
		if (n == nr)
			break;
	}
	if (pfn + nr > NR_PAGES)
		return NULL;
	memset(page_used + pfn, true, nr);
	/* What was a table must be ours to write again. */
	return memset(page_at(pfn), 0, nr << PVOPS_PAGE_SHIFT);
}

/* For the backend. */
static void *alloc_pages(unsigned int order)
{
	return allocs++ == alloc_fails_at ? NULL : take_pages(order);
}

static void free_pages(void *va, unsigned int order)
{
	unsigned long pfn = ((unsigned long)va - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT;

	memset(page_at(pfn), 0x5a, PVOPS_PAGE_SIZE << order);
	memset(page_used + pfn, false, 1UL << order);
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (pvops_gpa_t)((unsigned long)va - PVOPS_VIRT_BASE);
}

static void *gpa_to_virt(pvops_gpa_t gpa)
{
	return (void *)((unsigned long)gpa + PVOPS_VIRT_BASE);
}

static const struct pvops_host host = {
	.percpu = percpu_of, .virt_to_gpa = virt_to_gpa, .gpa_to_virt = gpa_to_virt,
	.alloc_pages = alloc_pages, .free_pages = free_pages,
	.ldt_selector = 0x50, .tls_selector = 0x60,
};

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

/* For the script; the backend's own state is fresh in each test's own process. */
static int fresh(void **state)
{
	build_machine();
	types_at_boot();
	vcpus[0].up = vcpus[0].ready = true;
	fail_at = alloc_fails_at = -1;
	next_port = 5;
	ring_reader = true;
	return 0;
}

static unsigned int lines(void)
{
	unsigned int nr = 0;

	for (const char *at = logged; *at; at++)
		nr += *at == '\n';
	return nr;
}

/* The loader's part. NULL or what is wrong. */
static const char *parse(void)
{
	catch_traps();			/* cmocka's own were in their place until now */
	memset(&boot, 0, sizeof(boot));
	boot.proto = &xen_boot_proto;
	boot.info = si;
	return xen_boot_proto.parse(&boot);
}

static int start_backend(void)
{
	int err = xen_backend.init(&boot);

	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		pvops_table[op] = xen_forms[op].func;
	if (!err)
		err = xen_backend.late_init();
	if (!err)
		err = xen_backend.init_cpu(0);
	return err;
}

/* As the boot kit and core do it. */
static inline int start(void)
{
	const char *why;

	dom0 = si->flags & SIF_INITDOMAIN;
	why = parse();
	if (why) {
		pvops_log("%s", why);
		return -PVOPS_EINVAL;
	}
	return start_backend();
}

#endif /* TESTS_XEN_PV_H */
