// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Hypercalls (TLFS, chapter "Hypercall Interface").
 *
 * The hypervisor lays a page over one of ours, whose first instructions call it. Ours is in the
 * image's text: no other memory of the kernel may be executed.
 */
#include "hyperv.h"

#define GUEST_OS_TYPE	0x70ULL		/* none that Microsoft has given to somebody */
/*
 * Xen takes the upper byte for the generation of Windows and recommends nothing to one older
 * than 4.
 */
#define GUEST_VERSION	0x04000001ULL
#define FILLER		0xcc		/* int3: a call before the page is there is noticed */

#ifdef PVOPS_HOSTED
u8 hyperv_page[PVOPS_PAGE_SIZE] __attribute__((aligned(4096)));
#else
asm(".pushsection .text\n"
    ".balign 4096, 0xcc\n"
    ".globl hyperv_page\n"
    ".type hyperv_page, @object\n"
    "hyperv_page:\n"
    ".fill 4096, 1, 0xcc\n"
    ".size hyperv_page, . - hyperv_page\n"
    ".popsection");
#endif

int hyperv_place(u32 msr, const void *va)
{
	u64 gpa = hyperv_gpa(va), old, now;

	if (hyperv_rdmsr(msr, &old) ||
	    hyperv_wrmsr(msr, gpa | (old & HV_PAGE_KEEP) | HV_PAGE_ENABLE) ||
	    hyperv_rdmsr(msr, &now))
		return -PVOPS_EIO;
	/* A host that does not like it may just not do it. */
	return (now & ~HV_PAGE_KEEP) == (gpa | HV_PAGE_ENABLE) ? 0 : -PVOPS_EIO;
}

static const char *set_up(void)
{
	const volatile u8 *page = hyperv_page;
	u64 id, msr;

	if (hyperv_rdmsr(HV_MSR_GUEST_OS_ID, &id))
		return "the guest's identity cannot be read";
	/* Firmware may have given one; until there is one no page is enabled. */
	if (!id && hyperv_wrmsr(HV_MSR_GUEST_OS_ID,
				HV_OS_OPEN_SOURCE | GUEST_OS_TYPE << HV_OS_TYPE_SHIFT |
				GUEST_VERSION << HV_OS_VERSION_SHIFT))
		return "the guest's identity cannot be written";
	if (hyperv_rdmsr(HV_MSR_HYPERCALL, &msr))
		return "the page's place cannot be read";
	if (msr & HV_HYPERCALL_LOCKED)
		return "somebody has locked the page's place";
	if (hyperv_place(HV_MSR_HYPERCALL, hyperv_page))
		return "the host does not enable the page";
	if (*page == FILLER)
		return "the page is enabled and has no code in it";
	return NULL;
}

bool hyperv_hypercall_init(void)
{
	const char *why = set_up();

	if (why)
		pvops_log("hyperv: no hypercalls: %s", why);
	return !why;
}

static int refused(u32 use, u64 call, u64 result, unsigned int reps)
{
	if (!hyperv_give_up(use))
		return -PVOPS_EIO;
	if (result & HV_STATUS_MASK)
		pvops_log("hyperv: hypercall 0x%x refused with status %u: not used any more",
			  (u32)call & 0xffff, (u32)result & HV_STATUS_MASK);
	else
		pvops_log("hyperv: hypercall 0x%x: %u of %u done, no progress: not used any more",
			  (u32)call & 0xffff, (u32)(result >> HV_CALL_REPS_SHIFT) & HV_REPS_MASK,
			  reps);
	return -PVOPS_EIO;
}

int hyperv_call_fast(u32 use, u64 call, u64 a, u64 b)
{
	u64 result = hv_page_call(call | HV_CALL_FAST, a, b);

	return (result & HV_STATUS_MASK) == HV_STATUS_SUCCESS ? 0 : refused(use, call, result, 0);
}

int hyperv_call(u32 use, u64 call, const void *input)
{
	u64 result = hv_page_call(call, hyperv_gpa(input), 0);

	return (result & HV_STATUS_MASK) == HV_STATUS_SUCCESS ? 0 : refused(use, call, result, 0);
}

int hyperv_call_rep(u32 use, u64 call, unsigned int reps, const void *input)
{
	u64 gpa = hyperv_gpa(input), result;
	u32 done = 0, now;

	/* The host may return before all is done, but not without having done something. */
	while (done < reps) {
		result = hv_page_call(call | (u64)reps << HV_CALL_REPS_SHIFT |
				      (u64)done << HV_CALL_START_SHIFT, gpa, 0);
		now = (u32)(result >> HV_CALL_REPS_SHIFT) & HV_REPS_MASK;
		if ((result & HV_STATUS_MASK) != HV_STATUS_SUCCESS || now <= done || now > reps)
			return refused(use, call, result, reps);
		done = now;
	}
	return 0;
}
