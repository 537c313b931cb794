/* SPDX-License-Identifier: GPL-2.0 */
/* What backends/xen of the pvops library has from Linux: Xen's interface, and the way to call. */
#ifndef _PVOPS_XEN_ABI_H
#define _PVOPS_XEN_ABI_H

#ifdef __ASSEMBLY__
#include <asm/unwind_hints.h>

/* Called code goes on behind it, on the same stack. */
.macro HYPERCALL
	UNWIND_HINT_SAVE
	syscall
	UNWIND_HINT_RESTORE
.endm

.macro COUNT_HYPERCALL nr, number, scratch
#ifdef CONFIG_DEBUG_FS
	incq PER_CPU_VAR(pvops_hypercalls + 8 * \nr)
#endif
.endm
#else
#include <linux/gfp.h>
#include <linux/instrumentation.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/xen-mca.h>
#include <xen/interface/callback.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/io/console.h>
#include <xen/interface/memory.h>
#include <xen/interface/physdev.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>
#include <asm/asm.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

/* Not of the member of struct pvops_host. */
#undef alloc_pages

/* The same by another name. */
#define vcpu_time_info	pvclock_vcpu_time_info
#define wc_version	wc.version
#define wc_sec		wc.sec
#define wc_nsec		wc.nsec
#define xen_wc_sec_hi	wc_sec_hi
#define xen_shared	HYPERVISOR_shared_info
#define multicall_entry_t	struct multicall_entry

#define XEN_NOINSTR		noinstr
#define xen_instr_begin()	instrumentation_begin()
#define xen_instr_end()		instrumentation_end()

/* As HYPERVISOR_*(), with the number in a variable; noinstr code makes calls too. */
static __always_inline long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	register u64 r10 asm("r10") = d;
	long ret;

	asm volatile(__HYPERCALL
		     : "=a" (ret), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), ASM_CALL_CONSTRAINT
		     : "0" ((u64)nr)
		     : "r8", "memory");
	return ret;
}
#endif /* __ASSEMBLY__ */

#endif /* _PVOPS_XEN_ABI_H */
