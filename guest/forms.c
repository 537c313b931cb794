// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* `forms` on the command line: how the selected backend does each op, for who tests a backend. */
#include <pvops/pvops.h>
#include "forms.h"
#include "test.h"

void forms_by_cmdline(const char *cmdline)
{
	const struct pvops_backend *backend = pvops_get_info()->backend;

	if (!pvops_boot_option(cmdline, "forms", NULL, 0))
		return;
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++)
		kprintf("guest: form %s %s %s\n", pvops_op_name(op),
			pvops_form_name(pvops_form_of(op)->kind),
			backend->base && !enlightened(op) ? backend->base : backend->name);
}
