// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The order of a boot. */
#include "bench.h"
#include "forms.h"
#include "host.h"
#include "life.h"
#include "mutate.h"
#include "pmm.h"
#include "record.h"
#include "sched.h"
#include "smp.h"
#include "test.h"
#include "text.h"
#include "trap.h"
#include "vmm.h"

struct pvops_boot *guest_boot;

static struct cpu boot_cpu;

static struct pvops_percpu *host_percpu(unsigned int cpu)
{
	return cpu < MAX_CPUS && cpus[cpu] ? &cpus[cpu]->pv : NULL;
}

const struct pvops_host guest_host = {
	.abi = PVOPS_HOST_ABI,
	.size = sizeof(struct pvops_host),
	.ldt_selector = SEL_LDT,
	.tls_selector = SEL_TLS,
	.gs_selector = SEL_GS,
	.log = host_log,
	.panic = host_panic,
	.percpu = host_percpu,
	.virt_to_gpa = host_virt_to_gpa,
	.gpa_to_virt = host_gpa_to_virt,
	.alloc_pages = host_alloc_pages,
	.free_pages = host_free_pages,
	.protect = host_protect,
	.alias_map = host_alias_map,
	.alias_unmap = host_alias_unmap,
	.map_mmio = host_map_mmio,
	.sync_cores = host_sync_cores,
	.on_cpus = host_on_cpus,
};

/* In a thread, for tests sleep and join. */
static void main_thread(void *arg)
{
	char patterns[256] = "";
	unsigned int failed;

	text_by_cmdline(guest_boot->cmdline);
	if (pvops_boot_option(guest_boot->cmdline, "life", NULL, 0) ||
	    pvops_boot_option(guest_boot->cmdline, "life=", NULL, 0))
		life_main();
	pvops_boot_option(guest_boot->cmdline, "test=", patterns, sizeof(patterns));
	failed = test_run_all(patterns);
	leave(failed ? 1 : 0);
}

static void check(int err, const char *what)
{
	if (err)
		kpanic("%s: error %d", what, err);
}

void pvops_guest_main(struct pvops_boot *boot)
{
	struct thread *main;

	guest_boot = boot;
	boot_cpu.self = &boot_cpu;
	cpus[0] = &boot_cpu;
	record_by_cmdline(boot);
	if (pvops_init(boot, &guest_host))
		host_panic("no host to run on");
	mutate_by_cmdline(boot->cmdline);
	forms_by_cmdline(boot->cmdline);
	pmm_init();
	vmm_init();
	cpu_tables_init();
	fpu_init();
	check(pvops_late_init(), "late init");
	pvops_patch();
	if (pvops_boot_option(boot->cmdline, "bench", NULL, 0)) {
		bench_main();
		kprintf("guest: done pass=0 fail=0 skip=0\n");
		leave(0);
	}
	smp_cpu_init();
	sched_cpu_init();
	pvops_irq_enable();
	if (!pvops_boot_option(boot->cmdline, "nosmp", NULL, 0))
		smp_init();
	check(pvops_seal(PVOPS_SEAL_TABLE), "seal");
	main = thread_create(main_thread, NULL, 0, NULL);
	if (!main)
		kpanic("no memory for the first thread");
	thread_run(main);
	idle_loop();
}
