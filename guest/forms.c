// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * `forms` on the command line: how the selected backend does each op, for who tests a backend; and
 * the forms themselves, which its init may have chosen, for pvexplain:
 *
 *	guest: form OP KIND BACKEND
 *	guest: form-at OP KIND FLAGS FUNC CODE END RELOC	in hexadecimal
 */
#include <pvops/pvops.h>
#include "forms.h"
#include "test.h"

static const char *const kinds[PVOPS_NR_FORMS] = {
	[PVOPS_FORM_EMPTY] = "empty",
	[PVOPS_FORM_NOP] = "nop",
	[PVOPS_FORM_INLINE] = "inline",
	[PVOPS_FORM_CALL] = "call",
};

void forms_by_cmdline(const char *cmdline)
{
	const struct pvops_backend *backend = pvops_get_info()->backend;

	if (!pvops_boot_option(cmdline, "forms", NULL, 0))
		return;
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		const struct pvops_form *form = pvops_form_of(op);

		kprintf("guest: form %s %s %s\n", pvops_op_name(op), kinds[form->kind],
			backend->base && !enlightened(op) ? backend->base : backend->name);
		kprintf("guest: form-at %s %x %x %lx %lx %lx %lx\n", pvops_op_name(op), form->kind,
			form->flags, (unsigned long)form->func, (unsigned long)form->code,
			(unsigned long)form->end, (unsigned long)form->reloc);
	}
}
