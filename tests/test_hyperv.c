// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The hyperv backend on a scripted hypervisor: detection, set-up, hypercalls, interrupts. */
#include "hyperv_calls.h"

/* ---- detection ---- */

static void face_is_seen(void **state)
{
	struct pvops_verdict v = detect();

	assert_int_equal(v.score, 0x40000000);
	assert_int_equal(v.role, PVOPS_ROLE_GUEST);
	assert_string_equal(v.reason, "Hv#1 at 0x40000000, features 0xafe 0x80500, "
			    "recommendations 0xc1c");
	assert_int_equal(hv.accesses + hv.calls, 0);
}

static void face_without_the_interface(void **state)
{
	hv.interface = 0x31237649;
	assert_int_equal(detect().score, 0);
	assert_int_equal(hyperv_backend.init(&boot), -PVOPS_ENODEV);
	hv.interface = HV_INTERFACE;
	hv.max = hv.base;
	assert_int_equal(detect().score, 0);
	hv.max = hv.base + 1;
	assert_int_equal(detect().score, hv.base);
	proto.ring0 = false;
	assert_int_equal(detect().score, 0);
	assert_int_equal(hv.breaches, 0);
}

static void other_signatures(void **state)
{
	struct pvops_verdict v = { 0 };

	detect();
	memcpy(info.probe.matches[0].signature, "Microsoft HV", 12);
	hyperv_backend.detect(&info.probe, &v);
	assert_int_equal(v.score, 0);
	/* The highest that keeps its word, not the highest. */
	memcpy(info.probe.matches[0].signature, "Microsoft Hv", 12);
	info.probe.matches[1] = info.probe.matches[0];
	info.probe.matches[1].base = info.probe.matches[1].max = 0x40000100;
	info.probe.nr_matches = 2;
	hyperv_backend.detect(&info.probe, &v);
	assert_int_equal(v.score, 0x40000000);
}

static void roles(void **state)
{
	hv.hints |= HV_HINT_NESTED;
	assert_int_equal(detect().role, PVOPS_ROLE_NESTED);
	hv.privileges = HV_CPU_MANAGEMENT;
	assert_int_equal(detect().role, PVOPS_ROLE_ROOT);
	assert_non_null(strstr(detect().reason, ", root partition"));
	hv.privileges = HV_CREATE_PARTITIONS;
	assert_int_equal(detect().role, PVOPS_ROLE_ROOT);
	hv.privileges = HV_CREATE_PARTITIONS | HV_ISOLATED;
	hv.hints = 0;
	assert_int_equal(detect().role, PVOPS_ROLE_GUEST);
}

/* ---- what is offered, and nothing else ---- */

static void everything(void **state)
{
	assert_int_equal(start(2), 0);
	assert_true(said("hyperv: used: hypercalls, VP index, reference TSC, reference counter, "
			 "frequencies, SynIC, timer, flush, IPI, spin notice, VP assist, "
			 "APIC MSRs, crash, reset\n"));
	assert_true(said("needed: nothing\n"));
	assert_true(said("TSC at 2000000 kHz, APIC timer at 200000 kHz"));
	assert_int_equal(hv.os_id, 0xf000040000010000);
	assert_int_equal(hv.hypercall, (u64)hyperv_page | 0x550 | 1);
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(hv.vps[i].simp & 0xfff, 0x551);
		assert_int_equal(hv.vps[i].assist & 0xfff, 0x551);
		assert_int_equal(hv.vps[i].scontrol, 1);
		assert_int_equal(hv.vps[i].config, 0x1008 | 0x4f << 4);
		assert_int_equal(hyperv_cpus[i].vp, i);
	}
	assert_int_not_equal(hv.vps[0].simp, hv.vps[1].simp);
	/* Preparing a CPU says nothing for it: it does that itself. */
	hv.accesses = 0;
	assert_int_equal(hyperv_backend.init_cpu(2), 0);
	assert_int_equal(hv.accesses, 0);
	assert_int_equal(hv.breaches, 0);
}

static void nothing_offered(void **state)
{
	hv.features = hv.has = hv.hints = hv.spins = 0;
	assert_int_equal(start(2), 0);
	assert_int_equal(hv.accesses + hv.calls + hv.breaches, 0);
	assert_true(said("hyperv: used: nothing\n"));
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		assert_true(hyperv_backend.forms[op].kind == PVOPS_FORM_EMPTY ||
			    op == PVOPS_OP_smp_start_cpu || op == PVOPS_OP_smp_stop_cpu);
	/* The same without the leaves. */
	fresh(NULL);
	hv.max = hv.base + 1;
	assert_int_equal(start(1), 0);
	assert_int_equal(hv.accesses + hv.breaches, 0);
}

/* What Xen 4.17 shows with viridian=1. */
static void viridian(void **state)
{
	hv.features = 0x872;
	hv.has = 0x408;
	hv.hints = 0;
	assert_int_equal(start(2), 0);
	assert_true(said("hyperv: clock hyperv-counter: the host counts; each reading traps\n"));
	assert_true(said("used: hypercalls, VP index, reference counter, frequencies, "
			 "spin notice, VP assist, crash\n"));
	assert_true(OURS(time_clock) && OURS(irq_eoi) && OURS(lock_wait) && OURS(cpu_shutdown));
	assert_false(OURS(time_set_timer) || OURS(mmu_flush_others) || OURS(smp_send_ipi));
	assert_int_equal(hv.breaches, 0);
}

static void recommendations_for_whom_it_knows(void **state)
{
	hv.shy = true;
	assert_non_null(strstr(detect().reason, "recommendations 0x0"));
	assert_int_equal(start(2), 0);
	assert_true(said("hyperv: recommendations 0xc1c, now that the host knows us"));
	assert_true(hyperv_uses(HYPERV_FLUSH) && hyperv_uses(HYPERV_SPIN));
	assert_int_equal(hv.breaches, 0);
}

static void each_privilege_alone(void **state)
{
	for (int bit = 0; bit < 32; bit++) {
		fresh(NULL);
		hv.features = 1U << bit;
		assert_int_equal(start(2), 0);
		assert_int_equal(hv.breaches, 0);
		fresh(NULL);
		hv.features &= ~(1U << bit);
		assert_int_equal(start(2), 0);
		assert_int_equal(hv.breaches, 0);
	}
}

/* ---- the hypercall page ---- */

static void no_page(const char *why)
{
	assert_int_equal(start(2), 0);
	assert_true(said("hyperv: no hypercalls: "));
	assert_true(said(why));
	assert_false(OURS(mmu_flush_others) || OURS(lock_wait));
	assert_false(hyperv_uses(HYPERV_HYPERCALL | HYPERV_FLUSH | HYPERV_IPI | HYPERV_SPIN));
	assert_int_equal(hv.calls + hv.breaches, 0);
	fresh(NULL);
}

static void page_is_not_to_be_had(void **state)
{
	hv.bad_read = HV_MSR_GUEST_OS_ID;
	no_page("identity cannot be read");
	hv.bad_write = HV_MSR_GUEST_OS_ID;
	no_page("identity cannot be written");
	hv.deaf = HV_MSR_GUEST_OS_ID;
	no_page("does not enable the page");
	hv.bad_read = HV_MSR_HYPERCALL;
	no_page("place cannot be read");
	hv.bad_write = HV_MSR_HYPERCALL;
	no_page("does not enable the page");
	hv.deaf = HV_MSR_HYPERCALL;
	no_page("does not enable the page");
	hv.hypercall |= HV_HYPERCALL_LOCKED;
	no_page("somebody has locked");
	hv.no_code = true;
	no_page("has no code");
}

static void identity_of_the_firmware_stays(void **state)
{
	hv.os_id = 0x8100000000000001;
	assert_int_equal(start(1), 0);
	assert_int_equal(hv.os_id, 0x8100000000000001);
	assert_true(hyperv_uses(HYPERV_HYPERCALL));
}

/* ---- IPIs ---- */

static void bind_ipis(void)
{
	for (u32 i = 0; i < CPUS; i++)
		for (u32 j = 0; j < 2; j++) {
			const struct pvops_irq_source source = { PVOPS_IRQ_IPI, j };

			assert_int_equal(OP(irq_bind)(&source, i, handler, NULL), 0x31 + j);
		}
}

static void ipi_by_hypercall(void **state)
{
	assert_int_equal(start(CPUS), 0);
	bind_ipis();
	assert_int_equal(OP(smp_send_ipi)(2, 1), 0);
	assert_int_equal(hv.delivered[2][0x32], 1);
	assert_int_equal(OP(smp_send_ipi)(0, 0), 0);
	assert_int_equal(hv.delivered[0][0x31], 1);
	assert_int_equal(hv.ipi_calls, 2);
	assert_int_equal(OP(smp_send_ipi)(CPUS, 0), -PVOPS_EINVAL);
	assert_int_equal(OP(smp_send_ipi)(~0U, 0), -PVOPS_EINVAL);
	assert_int_equal(OP(smp_send_ipi)(0, PVOPS_MAX_IPIS), -PVOPS_EINVAL);
	assert_int_equal(hv.breaches + hv.base_ipis, 0);
	/* Not bound: what the base does with that is right. */
	assert_int_equal(OP(irq_unbind)(0x31), 0);
	assert_int_equal(OP(smp_send_ipi)(0, 0), 0);
	assert_int_equal(hv.base_ipis, 1);
}

static void ipi_to_distant_vps(void **state)
{
	hv.vps[1].index = 64;
	hv.vps[2].index = 4095;
	hv.vps[3].index = 4096;
	assert_int_equal(start(CPUS), 0);
	bind_ipis();
	for (u32 i = 0; i < CPUS; i++) {
		assert_int_equal(OP(smp_send_ipi)(i, 0), 0);
		assert_int_equal(hv.delivered[i][0x31], 1);
	}
	assert_int_equal(hv.ipi_calls, 3);
	assert_int_equal(hv.icrs, 1);
	/* Without sets of any VPs only the first 64 can be named. */
	hyperv.hints &= ~HV_HINT_EX_MASKS;
	OP(smp_send_ipi)(1, 0);
	assert_int_equal(hv.ipi_calls, 3);
	assert_int_equal(hv.delivered[1][0x31], 2);
	assert_int_equal(hv.breaches, 0);
	assert_true(irqs_on);
}

static void ipi_refused(void **state)
{
	assert_int_equal(start(CPUS), 0);
	bind_ipis();
	hv.bad_call = HV_CALL_SEND_IPI;
	hv.status = 0xe;
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(OP(smp_send_ipi)(1, 0), 0);
		assert_int_equal(hv.delivered[1][0x31], i);
		assert_int_equal(hv.icrs, i);
	}
	assert_int_equal(hv.calls, 1);
	assert_true(said("hypercall 0xb refused with status 14: not used any more"));
	hv.bad_write = HV_MSR_ICR;
	assert_int_equal(OP(smp_send_ipi)(1, 0), 0);
	assert_int_equal(hv.base_ipis, 1);
	assert_int_equal(hv.breaches, 0);
}

static void x2apic_keeps_its_own_msrs(void **state)
{
	hv.x2apic = true;
	hv.hints &= ~HV_HINT_CLUSTER_IPI;
	assert_int_equal(start(2), 0);
	bind_ipis();
	OP(smp_send_ipi)(1, 0);
	assert_int_equal(hv.icrs, 0);
	assert_int_equal(hv.base_ipis, 1);
	assert_int_equal(hv.base_eois, 1);
}

/* ---- ends of interrupts ---- */

static void lazy_eoi(void **state)
{
	hv.lazy = true;
	assert_int_equal(start(1), 0);
	bind_ipis();
	interrupt(0, 0x31);
	assert_int_equal(hv.base_eois, 0);
	/* interrupt() sees to it that there is one end, and not two. */
	hv.lazy = false;
	interrupt(0, 0x31);
	hyperv.used &= ~(u32)HYPERV_APIC_MSRS;
	interrupt(0, 0x31);
	assert_int_equal(hv.base_eois, 1);
	hyperv.used |= HYPERV_APIC_MSRS;
	hv.bad_write = HV_MSR_EOI;
	interrupt(0, 0x31);
	assert_int_equal(hv.base_eois, 2);
	assert_int_equal(hv.breaches, 0);
}

static void assist_page_refused(void **state)
{
	hv.deaf = HV_MSR_VP_ASSIST;
	assert_int_equal(start(2), 0);
	assert_true(said("CPU 0: the VP assist page cannot be placed"));
	assert_true(said("CPU 1: the VP assist page cannot be placed"));
	bind_ipis();
	interrupt(0, 0x31);
	assert_int_equal(hv.breaches, 0);
}

/* ---- other CPUs ---- */

static void stopped_cpu_leaves_nothing_behind(void **state)
{
	const struct pvops_cpu_start how = { 0 };

	assert_int_equal(start(2), 0);
	be(1);
	OP(time_set_timer)(~0ULL);
	OP(smp_stop_cpu)();
	assert_true(hv.vps[1].stopped);
	assert_int_equal((hv.vps[1].simp | hv.vps[1].assist) & 1, 0);
	assert_int_equal(hv.vps[1].scontrol, 0);
	assert_int_equal(hv.vps[1].config & 1, 0);
	assert_true(hv.vps[1].sint[4] & HV_SINT_MASKED);
	assert_null(hyperv_cpus[1].assist);
	be(0);
	irqs_on = true;
	OP(smp_start_cpu)(1, &how);
	assert_true(hv.vps[1].simp & hv.vps[1].assist & hv.vps[1].scontrol & 1);
	assert_int_equal(hv.breaches, 0);
}

static void no_memory_for_a_cpu(void **state)
{
	for (u32 n = 0; n < 3; n++) {
		fresh(NULL);
		hv.pages = n;
		assert_int_equal(start(1), -PVOPS_ENOMEM);
		assert_true(said("hyperv: no memory for CPU 0"));
		assert_int_equal(hv.breaches, 0);
	}
	/* Asked again, it takes what it has and adds the rest. */
	hv.pages = 1;
	assert_int_equal(hyperv_backend.init_cpu(0), 0);
	assert_int_equal(nr_pages, 3);
	assert_int_equal(hyperv_backend.init_cpu(0), 0);
	assert_int_equal(nr_pages, 3);
}

static void vp_index_unreadable(void **state)
{
	hv.bad_read = HV_MSR_VP_INDEX;
	assert_int_equal(start(2), 0);
	assert_true(said("CPU 0: no VP index to be read: no flush or IPI by hypercall"));
	assert_false(hyperv_uses(HYPERV_FLUSH | HYPERV_IPI));
	assert_false(said("CPU 1: no VP"));
}

/* ---- locks, the end ---- */

static void long_waits_are_told(void **state)
{
	u32 word = 1;

	assert_int_equal(start(1), 0);
	OP(lock_wait)(&word, 0);
	assert_int_equal(hv.calls, 0);
	OP(lock_wait)(&word, 1);
	assert_int_equal(hv.calls, 1);
	hv.status = 2;
	OP(lock_wait)(&word, 1);
	OP(lock_wait)(&word, 1);
	assert_int_equal(hv.calls, 2);
	assert_true(said("hypercall 0x8 refused with status 2"));
	assert_int_equal(hv.breaches, 0);
	fresh(NULL);
	hv.spins = HV_SPIN_NEVER;
	assert_int_equal(start(1), 0);
	assert_false(OURS(lock_wait));
}

static void crash_and_reset(void **state)
{
	assert_int_equal(start(1), 0);
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_POWEROFF);
	assert_int_equal(hv.crash[5] | hv.reset, 0);
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_REBOOT);
	assert_int_equal(hv.reset, 1);
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_CRASH);
	assert_memory_equal(&hv.crash[0], "pvops", 6);
	assert_int_equal(hv.crash[5], HV_CRASH_NOTIFY);
	/* Who comes back goes on as on bare hardware. */
	assert_int_equal(hv.base_shutdown, 3);
	hv.crash[5] = 0;
	hv.no_crash_notify = true;
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_CRASH);
	assert_int_equal(hv.crash[5], 0);
	assert_true(said("the host does not want to hear of the crash"));
	hv.no_crash_notify = false;
	hv.bad_write = HV_MSR_CRASH_CTL;
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_CRASH);
	assert_true(said("the host cannot be told of the crash"));
	assert_int_equal(hv.base_shutdown, 5);
	assert_int_equal(hv.breaches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(face_is_seen),
		T(face_without_the_interface),
		T(other_signatures),
		T(roles),
		T(everything),
		T(nothing_offered),
		T(viridian),
		T(recommendations_for_whom_it_knows),
		T(each_privilege_alone),
		T(page_is_not_to_be_had),
		T(identity_of_the_firmware_stays),
		T(ipi_by_hypercall),
		T(ipi_to_distant_vps),
		T(ipi_refused),
		T(x2apic_keeps_its_own_msrs),
		T(lazy_eoi),
		T(assist_page_refused),
		T(stopped_cpu_leaves_nothing_behind),
		T(no_memory_for_a_cpu),
		T(vp_index_unreadable),
		T(long_waits_are_told),
		T(crash_and_reset),
	};

	return cmocka_run_group_tests_name("hyperv", tests, NULL, NULL);
}
