// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Hypercalls of an HVM guest, by the instruction itself.
 *
 * The other way is a page of code that Xen writes on demand (an MSR from its CPUID leaf says
 * where). It would hold no more than this choice, made by Xen: an indirect way in, text that
 * changes behind the kernel's back and that no audit of the image has seen. The vendor in CPUID
 * cannot change under a running guest, so the choice can be ours.
 */
#include <pvops/region.h>
#include <pvops/unmark.h>
#include "hvm.h"

enum xen_way xen_way;

#define VENDOR(b, d, c)	(regs[1] == (b) && regs[3] == (d) && regs[2] == (c))

enum xen_way hvm_way(const struct pvops_boot *boot)
{
	u32 regs[4] = { 0, 0, 0, 0 };

	boot->proto->cpuid(regs);
	/* AuthenticAMD and HygonGenuine have SVM; Intel, Centaur and Zhaoxin have VMX. */
	if (VENDOR(0x68747541, 0x69746e65, 0x444d4163) ||
	    VENDOR(0x6f677948, 0x6e65476e, 0x656e6975))
		return XEN_VMMCALL;
	return XEN_VMCALL;
}

#ifdef PVOPS_HOSTED
#elif defined(__x86_64__)
long xen_hvm_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	register u64 r10 asm("r10") = d;
	long ret;

	if (xen_way == XEN_VMMCALL)
		asm volatile(PVOPS_NATIVE("vmmcall")
			     : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
			     : "0"((u64)nr)
			     : "r8", "memory");
	else
		asm volatile(PVOPS_NATIVE("vmcall")
			     : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
			     : "0"((u64)nr)
			     : "r8", "memory");
	return ret;
}
#else
long xen_hvm_call(unsigned int nr, xen_arg_t a, xen_arg_t b, xen_arg_t c, xen_arg_t d)
{
	long ret;

	if (xen_way == XEN_VMMCALL)
		PVOPS_UNMARKED(vmmcall, PVOPS_NATIVE("vmmcall"),
			       : "=a"(ret), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
			       : "0"(nr)
			       : "edi", "memory");
	else
		asm volatile(PVOPS_NATIVE("vmcall")
			     : "=a"(ret), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
			     : "0"(nr)
			     : "edi", "memory");
	return ret;
}
#endif

long hvm_get_param(u32 index, u64 *value)
{
	struct xen_hvm_param op = { .domid = DOMID_SELF, .index = index };
	long err = xen_call2(__HYPERVISOR_hvm_op, HVMOP_get_param, &op);

	*value = err ? 0 : op.value;
	return err;
}

long hvm_set_param(u32 index, u64 value)
{
	struct xen_hvm_param op = { .domid = DOMID_SELF, .index = index, .value = value };

	return xen_call2(__HYPERVISOR_hvm_op, HVMOP_set_param, &op);
}
