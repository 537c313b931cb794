/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the HVM side share. */
#ifndef PVOPS_XEN_HVM_H
#define PVOPS_XEN_HVM_H

#include "xen.h"
#include <xen/features.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/hvm/start_info.h>

/*
 * Numbers of irqs: native's are vectors, and event channels begin behind the last vector. Xen's
 * upcall comes by a vector of its own, above all that native has.
 */
#define HVM_FIRST_PORT	0x100
#define HVM_VECTOR	0xf3

/** enum hvm_leaf - Xen's CPUID leaves, from its base on. */
enum hvm_leaf {
	HVM_LEAF_SIGNATURE,
	HVM_LEAF_VERSION,
	HVM_LEAF_CALLS,
	HVM_LEAF_TIME,
	HVM_LEAF_FEATURES,
};

/* hvm_call.c */
enum xen_way hvm_way(const struct pvops_boot *boot);	/* by the CPU's vendor */
long hvm_get_param(u32 index, u64 *value);
long hvm_set_param(u32 index, u64 value);

/* hvm.c */
pvops_fn_smp_start_cpu_t hvm_start_cpu;
pvops_fn_smp_stop_cpu_t hvm_stop_cpu;
pvops_fn_smp_cpu_stopped_t hvm_cpu_stopped;

/* hvm_unmark_32.c: forms for a CPU as in <pvops/unmark.h>, if it is one */
#if defined(__i386__) && !defined(PVOPS_HOSTED)
void hvm_unmark(struct pvops_form forms[PVOPS_NR_OPS], const struct pvops_boot *boot);
#else
static inline void hvm_unmark(struct pvops_form forms[PVOPS_NR_OPS],
			      const struct pvops_boot *boot)
{
}
#endif

/* hvm_irq.c */
int hvm_upcall_init(u32 features);	/* of Xen's CPUID; for CPU 0 as well */
int hvm_upcall_cpu(unsigned int cpu);
const char *hvm_upcall_whose(void);
pvops_fn_irq_bind_t hvm_irq_bind;
pvops_fn_irq_unbind_t hvm_irq_unbind;
pvops_fn_irq_handle_t hvm_irq_handle;
pvops_fn_irq_eoi_t hvm_irq_eoi;
pvops_fn_irq_mask_t hvm_irq_mask;
pvops_fn_irq_unmask_t hvm_irq_unmask;
pvops_fn_smp_poll_t hvm_poll;

/* hvm_console.c */
void hvm_console_init(const struct pvops_boot *boot, bool serial);
void hvm_console_late(void);
void hvm_console_resume(void);
void hvm_log(const char *text, size_t len);

#ifdef PVOPS_HOSTED
unsigned long hvm_read_cr3(void);			/* the test's */
#else
static inline unsigned long hvm_read_cr3(void)
{
	unsigned long cr3;

	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	return cr3;
}
#endif

#endif /* PVOPS_XEN_HVM_H */
