// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The kernel's MSRs: the machine's, but for those that would be a way into ring 0 around the
 * monitor. What it wrote to them it reads back.
 */
#include "monitor.h"

#define MSR_APIC_BASE		0x1b
#define MSR_SYSENTER_CS		0x174
#define MSR_EFER		0xc0000080
#define APIC_BASE_ENABLE	0x800ULL
#define EFER_KERNELS		0x800ULL	/* NX; not SYSCALL, nor long mode, nor SVM */

void m_msr_init(struct mcpu *cpu)
{
	m_own_rdmsr(MSR_EFER, &cpu->efer);
	m_own_wrmsr(MSR_EFER, cpu->efer & EFER_KERNELS);
	m_own_rdmsr(MSR_SYSENTER_CS, &cpu->sysenter_cs);
	m_own_wrmsr(MSR_SYSENTER_CS, 0);
}

int m_rdmsr(u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_EFER:
		*val = m_this()->efer;
		return 0;
	case MSR_SYSENTER_CS:
		*val = m_this()->sysenter_cs;
		return 0;
	}
	return m_own_rdmsr(msr, val);
}

int m_wrmsr(u32 msr, u64 val)
{
	u64 old = 0;

	switch (msr) {
	case MSR_EFER:
		if (m_own_wrmsr(msr, val & EFER_KERNELS))
			return -1;
		m_this()->efer = val;
		return 0;
	case MSR_SYSENTER_CS:
		m_this()->sysenter_cs = val;
		return 0;
	case MSR_APIC_BASE:
		/* The monitor knows it where it is. */
		if (m_own_rdmsr(msr, &old) || (old ^ val) & ~APIC_BASE_ENABLE)
			return -1;
	}
	return m_own_wrmsr(msr, val);
}
