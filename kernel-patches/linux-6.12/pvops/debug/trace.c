// SPDX-License-Identifier: GPL-2.0
/*
 * `pvops=debug`: each decision of the boot in the log, in the library's own lines. Whom Linux runs
 * on it has found out by itself; all faces in CPUID are told besides.
 */
#include <linux/array_size.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/string.h>
#include <xen/xen.h>
#include <asm/hypervisor.h>
#include <asm/paravirt.h>
#include <asm/setup.h>
#include "../lib/core/core.h"
#include "show.h"

bool pvops_tracing __ro_after_init;

static int __init wish(char *words)
{
	char *word;

	while ((word = strsep(&words, ",")))
		if (!strcmp(word, "debug"))
			pvops_tracing = true;
		else
			pvops_log("pvops=%s: Linux finds out by itself whom it runs on", word);
	return 0;
}
early_param("pvops", wish);

static void __init ask_cpuid(u32 regs[4])
{
	__cpuid(regs, regs + 1, regs + 2, regs + 3);
}

struct host {
	const char *name, *face;
	unsigned int type;
};

#define PVOPS_HOST(name, type, face)	\
	{ name, face, type },
static const struct host hosts[] __initconst = {
#include "../hosts.h"
};

static void __init trace_host(const struct pvops_probe *probe, const struct host *host)
{
	bool here = host->type == x86_hyper_type || host->type == X86_HYPER_NATIVE;

	for (u32 i = 0; *host->face && i < probe->nr_matches; i++) {
		const struct pvops_match *match = probe->matches + i;

		if (memcmp(match->signature, host->face, sizeof(match->signature)))
			continue;
		pvops_tell("backend %s: face at 0x%x", host->name, match->base);
		return;
	}
	pvops_tell("backend %s: %s", host->name, here ? "here" : "not here");
}

static void __init trace_hosts(void)
{
	static struct pvops_boot_proto proto __initdata = { .cpuid = ask_cpuid };
	static struct pvops_boot boot __initdata = { .proto = &proto };
	static struct pvops_probe probe __initdata;

	proto.name = xen_pv_domain() ? "xen-pv" : xen_pvh_domain() ? "pvh" : "a boot loader";
	proto.ring0 = !xen_pv_domain();
	strscpy(boot.cmdline, boot_command_line, sizeof(boot.cmdline));
	pvops_detect(&boot, &probe);
	pvops_trace_probe(&probe);
	pvops_say_faces(&probe);
	for (unsigned int i = 0; i < ARRAY_SIZE(hosts); i++)
		trace_host(&probe, hosts + i);
	pvops_tell("choice: %s", pvops_report.backend);
}

void __init pvops_trace_kernel(void)
{
	static char func[KSYM_NAME_LEN] __initdata;
	struct pvops_op_view view = { .by = func };

	trace_hosts();
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		/* Of the library's, what Linux does not use. */
		if (pvops_forms[op].kind == PVOPS_FORM_EMPTY)
			continue;
		view.name = pvops_op_rows[op].name;
		view.form = pvops_form_name(pvops_forms[op].kind);
		view.sites = pvops_report.of_kernel[op];
		snprintf(func, sizeof(func), "%ps", pvops_forms[op].func);
		pvops_trace_op(&view);
	}
}
