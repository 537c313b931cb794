// SPDX-License-Identifier: GPL-2.0
/*
 * What backends/xen of the library asks of the kernel that it is in: struct pvops_host, panic, each
 * CPU's block, and frames.
 */
#include <linux/gfp.h>
#include <linux/instrumentation.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/percpu.h>
#include <asm/segment.h>
#include <asm/xen/page.h>
#include "lib/backends/xen/xen.h"

/*
 * Its beginning is the vcpu_info that Xen has been told of, from xen_vcpu_setup() on. Events are
 * masked from the first instruction on, so this says it too.
 */
DEFINE_PER_CPU_ALIGNED(struct pvops_percpu, pvops_percpu) = {
	.hv[offsetof(struct vcpu_info, evtchn_upcall_mask)] = 1,
};

/* As arch/x86/xen calls that beginning. */
asm(".globl xen_vcpu_info\n"
	".set xen_vcpu_info, pvops_percpu");

bool xen_dom0 __ro_after_init;
const struct start_info *xen_start __ro_after_init;

/* Clocks are read where nothing may be traced; but this is the end. */
noinstr void pvops_panic(const char *fmt, ...)
{
	static char text[256];
	va_list args;

	instrumentation_begin();
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	panic("pvops: %s", text);
}

static struct pvops_percpu *host_percpu(unsigned int cpu)
{
	/* The first CPU works before Linux counts any. */
	bool there = !cpu || (cpu < nr_cpu_ids && cpu_possible(cpu));

	return there ? per_cpu_ptr(&pvops_percpu, cpu) : NULL;
}

static pvops_gpa_t host_virt_to_gpa(const void *va)
{
	return (__force pvops_gpa_t)__pa(va);
}

static void *host_gpa_to_virt(pvops_gpa_t gpa)
{
	return __va((__force unsigned long)gpa);
}

static void *host_alloc_pages(unsigned int order)
{
	return (void *)__get_free_pages(GFP_ATOMIC | __GFP_ZERO, order);
}

static void host_free_pages(void *va, unsigned int order)
{
	free_pages((unsigned long)va, order);
}

static const struct pvops_host host = {
	.abi		= PVOPS_HOST_ABI,
	.size		= sizeof(host),
	.tls_selector	= GDT_ENTRY_TLS_MIN * 8,
	.percpu		= host_percpu,
	.virt_to_gpa	= host_virt_to_gpa,
	.gpa_to_virt	= host_gpa_to_virt,
	.alloc_pages	= host_alloc_pages,
	.free_pages	= host_free_pages,
};

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

unsigned long xen_pfn_to_mfn(unsigned long pfn)
{
	return pfn_to_mfn(pfn);
}

unsigned long xen_mfn_to_pfn(unsigned long mfn)
{
	return bfn_to_local_pfn(mfn);
}

u64 xen_virt_to_machine(const void *va)
{
	unsigned long addr = (unsigned long)va;

	/* The image's range is all there before Linux knows what else it has. */
	if (addr >= __START_KERNEL_map && addr < MODULES_VADDR)
		return virt_to_machine(va).maddr;
	return arbitrary_virt_to_machine((void *)va).maddr;
}
